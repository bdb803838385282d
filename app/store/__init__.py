"""What Landbridge remembers: configuration documents with their revisions, secrets, tokens, the audit trail.

Everything that touches SQL is here. Who may do what is left to ``app.access``, what a document means to its kind.
"""
