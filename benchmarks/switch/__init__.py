"""The dialer on a real FreeSWITCH: thousands of calls in a row, and how fast an answer is met."""
