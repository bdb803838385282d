"""Pushing on: connectors to other systems, applications in proxy mode, and the outbox."""
