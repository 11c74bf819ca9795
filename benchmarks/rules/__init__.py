"""What the rules cost, and whether they hold, on a real PostgreSQL."""
