"""The decisions, the running service, and the people's screens of the predictive dialer."""
