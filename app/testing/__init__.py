"""Directories to test against: a private slapd process, the same as a container, and the demo made of the first."""
