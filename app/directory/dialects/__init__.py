"""All that differs from product to product, a file each. Nothing here sends anything."""
