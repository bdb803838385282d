"""Names and connections."""
