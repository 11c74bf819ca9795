"""How long a question about a whole campaign takes."""
