"""What a client company sees of its own campaigns, and supervisors of all: a page, and files."""
