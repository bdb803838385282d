"""The ``landbridge`` command: the same services as the console and the SCIM endpoints, from a shell."""
