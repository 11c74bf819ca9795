"""How many rows a second the lead import takes: `python -m benchmarks.lead_import`."""
