"""What `dialer doctor` looks at: one file a kind of thing."""
