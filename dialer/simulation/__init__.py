"""The engine in virtual time: a world, its faults, and auditors that trust nobody."""
