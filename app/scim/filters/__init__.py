"""SCIM filters (RFC 7644 §3.4.2.2): their nodes, how they are parsed, and what they mean."""
