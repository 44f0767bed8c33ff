"""OCPP-J in all its versions: text frames in, facts of the domain out, and back.

The gateway asks choose() at the upgrade; the charger actor asks version() for everything after it. Pure: no socket, no
clock, no state but compiled schemas.

    parse(text) -> Call -> fact(call, text) -> [domain decides] -> reply(call, answer)
    order(command) -> Order -> call(message_id, order) -> [charger] -> CallResult -> outcome(command, payload)
"""

from collections.abc import Sequence

from csms.protocol import v16, v21, v201
from csms.protocol.versions import Version

_VERSIONS = {each.subprotocol: each for each in (v16.VERSION, v201.VERSION, v21.VERSION)}

SUBPROTOCOLS = tuple(name for name, each in _VERSIONS.items() if each.incoming)
"""What we speak: the versions whose tables are filled."""


def choose(offered: Sequence[str]) -> str | None:
    """The first subprotocol in the client's order of preference that we speak (rule 5), or None."""
    return next((name for name in offered if name in SUBPROTOCOLS), None)


def version(subprotocol: str) -> Version:
    """The version behind a subprotocol, offered or not. Raises KeyError for any other name."""
    return _VERSIONS[subprotocol]
