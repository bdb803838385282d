"""The translation between SCIM resources and directory entries, by maps that administrators write.

The only place where the two words meet, and pure: everything is a function of a map, a resource and an entry.
"""
