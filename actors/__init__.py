"""The running system: one supervised actor per charger and per session, the journal, the feed and the tree."""
