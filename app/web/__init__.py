"""HTTP, thin: authenticate, parse, one call, answer. What a request means is left to the packages below."""
