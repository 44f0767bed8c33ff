"""The actors of the charging system and, in `runtime`, what they run on. Depends on csms; the API depends on this."""
