"""Checks of a schema map against a live directory, one concern a module; ``map_check`` brings them together."""
