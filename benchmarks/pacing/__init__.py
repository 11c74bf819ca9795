"""Pacers side by side in one simulator, and the limit that theory puts above them all."""
