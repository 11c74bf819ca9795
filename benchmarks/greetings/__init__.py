"""How well the greeting classifier tells people from machines, on made greetings."""
