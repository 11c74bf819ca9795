"""A whole floor by the real clock: database, switch and dialer, each in a process of its own."""
