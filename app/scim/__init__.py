"""The SCIM 2.0 protocol (RFC 7643, RFC 7644, RFC 9865) as pure functions and values.

This package has never heard of LDAP, HTTP or SQL: it parses, validates, patches, filters and projects resources,
and leaves storing them to others.
"""
