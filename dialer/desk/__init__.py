"""What the dialer serves over HTTP."""
