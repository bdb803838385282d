"""One directory on several servers: connections pooled, failures noticed, work moved to where it can be done.

What is said over a connection is a client's business (``ldap``, ``native``); it gives ``session.Session``s.
"""
