"""A call centre on one machine: the real runtime, the fake switch, and simulated people."""
