"""`python -m dialer` is the command line."""

from dialer.cli.main import main

main()
