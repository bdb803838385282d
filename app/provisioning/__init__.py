"""The use cases: what a SCIM request means for a user store domain.

SCIM on one side, a directory on the other, a map between them. HTTP and authentication are left to ``web``.
"""
