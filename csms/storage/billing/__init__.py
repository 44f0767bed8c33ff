"""Bills in the database: numbering and recording documents, what fleets are charged, and reading both back.

All that issues runs inside a change of the journal (Log.write), so that a document, its number and what it settles are
stored together or not at all. What a document says is decided in csms/domain/billing.
"""
