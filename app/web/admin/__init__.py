"""The Admin API: JSON for programs that administer Landbridge, with the same services and roles as console and command.

``routes`` says what an operation is, ``guard`` who may, ``errors`` how refusals look, ``openapi`` describes it all; every
other module is one part of the service.
"""
