"""The last answers of one connection, so that a repeated CALL gets the same one (rule 11).

One object a connection, in OCPP 2.1 one for all of a charger, owned by its actor. Message ids repeat across connections
and reboots, so a cached answer needs the same id, the same action and the same payload. It is a shortcut only: after
eviction the business keys of the records find a repeat just as well.
"""

import collections

from csms.protocol import frames, jsontext


class ReplyCache:
    """The replies to the last `capacity` CALLs."""

    def __init__(self, capacity: int = 8) -> None:
        self._capacity = capacity
        self._last: tuple[str, str, str] | None = None
        self._replies: collections.OrderedDict[str, tuple[str, bytes, str]] = collections.OrderedDict()

    def find(self, call: frames.Call) -> str | None:
        """The reply that this very CALL was given, or None."""
        found = self._replies.get(call.message_id)
        if found is None:
            return None
        action, digest, reply = found
        return reply if action == call.action and digest == jsontext.digest(call.payload) else None

    def of(self, message_id: str) -> tuple[str, str] | None:
        """The action and the reply of the last CALL with this id; None where it is not kept (any more)."""
        if self._last is not None and self._last[0] == message_id:
            return self._last[1:]
        found = self._replies.get(message_id)
        return None if found is None else (found[0], found[2])

    def note(self, call: frames.Call, reply: str) -> None:
        """Remember it as the last answer until the next one, for `of` only: this CALL repeated is handled again."""
        self._last = (call.message_id, call.action, reply)

    def keep(self, call: frames.Call, reply: str) -> None:
        """Remember the reply; a newer CALL of the same id takes the older one's place."""
        self._last = None
        self._replies.pop(call.message_id, None)
        self._replies[call.message_id] = (call.action, jsontext.digest(call.payload), reply)
        if len(self._replies) > self._capacity:
            self._replies.popitem(last=False)

    def clear(self) -> None:
        """Forget all: the charger has booted, and may count its messages from the start again."""
        self._replies.clear()
