"""The HTTP interface: what the desk does, for other programs.

words       values that come in, and how they are bounded
pages       page by page through long lists
rates       how often a token may ask
kept        the same answer to the same request
reach       what a token may see, and nothing else
service     asking the running dialer
and one file a noun, each with a router.
"""
