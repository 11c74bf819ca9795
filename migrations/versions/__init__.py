"""One file a revision; the number is the revision."""
