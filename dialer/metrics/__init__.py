"""Prometheus metrics, fed by what the engine sees and says."""
