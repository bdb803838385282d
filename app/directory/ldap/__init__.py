"""LDAP servers behind the directory port. Nothing outside this package imports ldap3."""
