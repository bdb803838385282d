"""How fast Landbridge is on this machine, beside the same LDAP work done directly: ``script/bench``.

Everything is measured in one run on a private slapd. The load client is raw sockets with requests made before the clock
starts; what processor time it takes itself is told with the figures.
"""
