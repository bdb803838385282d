"""LDAP servers by libldap, through python-ldap: the fast client, where it is installed. Nothing else imports ``ldap``."""
