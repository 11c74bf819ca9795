"""How to speak to FreeSWITCH 1.10: wire protocol, commands, events, and a fake switch."""
