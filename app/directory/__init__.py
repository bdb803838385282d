"""Directories: entries, operations, filters and plans, and the servers that carry them out.

This package has never heard of SCIM. Pure values and functions stand here; ``ldap`` talks to servers, ``dialects``
holds all that differs from product to product.
"""
