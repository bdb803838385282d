"""Who may do what: applications and their tokens, administrators and their roles, scopes.

HTTP is left to ``app.web``, keeping things to ``app.store``.
"""
