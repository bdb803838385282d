"""Landbridge: a SCIM 2.0 provisioning bridge for LDAP and Active Directory."""
