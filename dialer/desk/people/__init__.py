"""Signing in and out, and what people set for themselves."""
