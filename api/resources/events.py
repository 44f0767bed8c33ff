"""GET /events: what happens, as server-sent events, filtered by topic, charger, role and scope."""

from typing import Annotated

from litestar import Request, get
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response.base import ASGIResponse

from actors import tree
from actors.recording import feed
from api import errors, sse, wanted
from api.caller import Caller
from api.permissions import Permission
from api.scope import station_of, visible_charger
from csms.storage import rowids


class Visible:
    """Which items of the feed this caller may see; stations of chargers are asked for once each."""

    def __init__(self, node: tree.Node, caller: Caller) -> None:
        self._node = node
        self._caller = caller
        self._driver = caller.only_own(Permission.SEE_SESSIONS)
        self._stations: dict[str, str | None] = {}

    async def __call__(self, item: feed.Item) -> bool:
        """True when the caller may see the item."""
        if self._driver is not None:
            return item.topic == feed.SESSIONS and item.driver_id == self._driver
        if self._caller.stations is None:
            return True
        return item.charger_id is not None and self._caller.sees_station(await self._station(item))

    async def _station(self, item: feed.Item) -> str | None:
        if item.station_id is not None or item.charger_id is None:
            return item.station_id
        if item.charger_id not in self._stations:
            self._stations[item.charger_id] = await station_of(self._node, item.charger_id)
        return self._stations[item.charger_id]


@get(
    "/events",
    responses={
        200: ResponseSpec(str, media_type=sse.MEDIA_TYPE, description="A stream of events.", generate_examples=False)
    },
)
async def stream(
    request: Request[Caller, str, State],
    node: wanted.Node,
    caller: wanted.Caller,
    authenticator: wanted.Authenticator,
    topics: Annotated[str, QueryParameter(description="Comma-separated: chargers, sessions, alerts.")] = "",
    charger_id: Annotated[str | None, QueryParameter(description="Only what is about this charger.")] = None,
    last_event_id: Annotated[
        str | None, HeaderParameter(name="Last-Event-ID", description="Resume behind this.")
    ] = None,
) -> ASGIResponse:
    """Follow what happens, as server-sent events.

    `id` is the feed's position, `event` the topic, `data` a JSON object with type and at. Send the last id as
    Last-Event-ID to go on where you stopped; when it is too old you get `event: reset` and should read the state anew.
    """
    wanted = _topics(topics)
    after = _position(last_event_id)
    known = await visible_charger(node, caller, charger_id) if charger_id else None
    return sse.EventStream(
        lambda: node.hub.subscribe(wanted, charger_id=known, after=after),
        visible=Visible(node, caller),
        valid=lambda: authenticator.still_valid(request.user),
        draining=request.app.state.draining,
    )


def _topics(text: str) -> frozenset[str]:
    wanted = frozenset(part.strip() for part in text.split(",") if part.strip()) or feed.TOPICS
    if not wanted <= feed.TOPICS:
        strange, known = ", ".join(sorted(wanted - feed.TOPICS)), ", ".join(sorted(feed.TOPICS))
        raise errors.ApiError(f"There is no topic {strange}; choose from {known}.", code="invalid_request")
    return wanted


def _position(text: str | None) -> int | None:
    if not text:
        return None
    position = rowids.read(text)
    if position is None:
        raise errors.ApiError("Last-Event-ID is the `id` of an event of this stream: a whole number.")
    return position


HANDLERS = [stream]
