"""The pure state machine of the dialer: events in, commands out, time as an argument (law 1)."""
