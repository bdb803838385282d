"""Names and connections: what the machine's own calls wait for longer than anybody should."""
