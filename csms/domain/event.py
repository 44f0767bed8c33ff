"""The base of all events, for the modules that events.py is made of."""

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Base of every event.

    gc=False, here and wherever else what is made for each message lives on: frozen data has no cycles to look for.
    """
