"""Scripts: what an agent says and asks in a call, as a file that a manager writes. Pure."""
