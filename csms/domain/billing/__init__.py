"""Bills: what a document says, who sells and buys, and which taxes it names. Pure: no I/O, no clock.

Used by csms/storage/billing, which numbers and records documents. What a session costs is known before (SessionPriced);
nothing here prices energy or time.
"""
