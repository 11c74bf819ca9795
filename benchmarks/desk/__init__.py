"""How soon the record stands on an agent's screen, with a floor of pages connected."""
