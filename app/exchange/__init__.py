"""Users and groups from and to files: CSV in, CSV, JSON and LDIF out, of any size."""
