"""Pure decisions: what happened (facts), what we record (events), what we order (commands) and the state they make.

No I/O, no clock, no randomness, no logging: time and ids come in as arguments, so a replay years later is exact.
"""
