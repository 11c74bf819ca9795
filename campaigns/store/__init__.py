"""The only place that knows the database: one facade, `Store`, with an attribute for each noun."""
