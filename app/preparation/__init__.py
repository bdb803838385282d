"""Preparing directories for SCIM: what has to be true of them and of maps, found out and made true."""
