"""Listening to calls: scorecards, scores, fair samples, and how far listeners agree. Pure."""
