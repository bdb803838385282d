"""SCIM 2.0 services (RFC 7643, 7644) as connectors: the settings, HTTP, and the target made of both."""
