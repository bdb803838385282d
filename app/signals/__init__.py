"""What needs somebody's attention, and where to see to it: for the console's Home, the command ``status`` and the Admin API.

Nothing is asked of a directory here: what is told is what is known already.
"""
