"""What interviews say together: rates, distributions, cross-tables, files of all answers."""
