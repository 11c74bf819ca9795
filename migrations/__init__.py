"""Alembic migrations of the dialer's database: linear, numbered, run by `dialer db upgrade`."""
