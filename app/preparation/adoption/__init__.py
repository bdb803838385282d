"""Adopting what is there: a client's users are found among a directory's entries, and given the client's names for them."""
