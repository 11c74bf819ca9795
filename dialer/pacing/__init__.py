"""How many calls to launch now: one file a pacer, numbers in, a count out (law 1)."""
