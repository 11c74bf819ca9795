"""What may be called, whom, when, and what came of it. Knows neither FreeSWITCH nor the dialer."""
