"""Other people's pacing rules, each written from its public description behind our own protocol."""
