"""How many calls the simulator gets through in a second of CPU time."""
