"""A key or a person narrowed to stations: what is elsewhere answers as if it were not there, on every route.

A new route needs a row below, or a place in api/permissions/scoped.py. Its request is the example of its description.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import trio

from actors import alerts
from actors.recording import journal
from api import openapi, permissions, server
from api.permissions import Role
from api.resources import catalogue
from csms.domain.billing import issuing, parties
from csms.pki import store
from csms.storage.billing import numbering
from csms.storage.reference import certificates, customer_information
from tests.api import station
from tests.api.conftest import PASSWORD
from tests.csms.storage.billing.support import priced

V1 = "/api/v1"
CHARGER = f"{V1}/chargers/{{charger_id}}"
FIRMWARE = b"firmware"
THERE = "THERE-1"

NOT_THERE = "404, as if it were not there"
REFUSED = "403, for it names a place"
NONE_FIT = "422, for it finds no charger there"
LISTS = "what is elsewhere is not in its list"
FORM = "goes back and says that it is not there"
ALIKE = "is about no station, or of everybody, or its URL is the permission"
ELSEWHERE = "another test looks at it"

FORMS: dict[str, dict[str, str]] = {
    "POST /chargers/{charger_id}/reset": {},
    "POST /chargers/{charger_id}/unlock": {"connector_id": "1"},
    "POST /chargers/{charger_id}/availability": {"available": "true"},
    "POST /chargers/{charger_id}/trigger": {"message": "Heartbeat"},
    "POST /chargers/{charger_id}/start": {"connector_id": "1", "id_token": "CARD"},
    "POST /chargers/{charger_id}/approve": {},
    "POST /sessions/{session_id}/stop": {},
}
"""What is filled in."""
ROWS = {
    # -- accounts, the system: who is asking, or the same for all --
    f"POST {V1}/login": ALIKE,
    f"POST {V1}/login/second-factor": ALIKE,
    f"POST {V1}/logout": ALIKE,
    f"GET {V1}/me": ALIKE,
    **{route: ALIKE for route in permissions.ROUTES if route.split(" ")[1].startswith((f"{V1}/me/", "/account"))},
    **dict.fromkeys((f"POST {V1}/password-reset", f"POST {V1}/links", f"POST {V1}/drivers/register"), ALIKE),
    **{f"{method} /{page}": ALIKE for method in ("GET", "POST") for page in ("link", "forgot-password", "register")},
    f"GET {V1}/schema": ALIKE,
    f"GET {V1}/locations": ALIKE,
    f"GET {V1}/schema/openapi.json": ALIKE,
    f"GET {V1}/quirks": ALIKE,
    f"GET {V1}/certificates/authority": ALIKE,
    f"GET {V1}/firmware": ALIKE,
    f"GET {V1}/firmware/{{firmware_id}}": ALIKE,
    f"GET {V1}/networks": ALIKE,
    f"GET {V1}/networks/{{network_id}}": ALIKE,
    f"GET {V1}/sellers": ALIKE,
    f"GET {V1}/sellers/{{seller_id}}": ALIKE,
    f"GET {V1}/tariffs": ALIKE,
    f"POST {V1}/tariffs/check": ALIKE,
    f"GET {V1}/tariffs/{{tariff_id}}": ALIKE,
    f"GET {V1}/tariffs/{{tariff_id}}/versions": ALIKE,
    f"GET {V1}/tariffs/{{tariff_id}}/explanation": ALIKE,
    f"POST {V1}/tariffs/{{tariff_id}}/simulate": ALIKE,
    f"GET {V1}/groups/{{group_id}}/tariff": ALIKE,
    f"GET {V1}/networks/{{network_id}}/tariff": ALIKE,
    f"POST {CHARGER}/commands/{{command}}": ALIKE,
    "GET /health/live": ALIKE,
    "GET /health/ready": ALIKE,
    "PUT /uploads/{secret}": ALIKE,
    "POST /uploads/{secret}": ALIKE,
    "PUT /uploads/{secret}/{name}": ALIKE,
    "POST /uploads/{secret}/{name}": ALIKE,
    "GET /downloads/{secret}": ALIKE,
    "GET /downloads/{secret}/{name}": ALIKE,
    "POST /notices/{gateway}": ALIKE,
    **{route: ALIKE for route in permissions.ROUTES if route.split(" ")[1].startswith(("/pay/", f"{V1}/payment-meth"))},
    "POST /login": ALIKE,
    **dict.fromkeys(("POST /login/code", "GET /openid/start", "GET /openid/callback"), ALIKE),
    "POST /logout": ALIKE,
    "GET /static/{version}/{name}": ALIKE,
    f"GET {V1}/events": ELSEWHERE,  # resources/test_events.py: a stream does not end
    **dict.fromkeys((f"GET {V1}/payments", f"POST {V1}/payments"), ELSEWHERE),  # resources/test_payments.py
    f"GET {V1}/payments/{{payment_id}}": ELSEWHERE,
    f"POST {V1}/payments/{{payment_id}}/refunds": ELSEWHERE,
    # -- lists --
    f"GET {V1}/stations": LISTS,
    f"GET {V1}/chargers": LISTS,
    f"GET {V1}/uploads": LISTS,
    f"GET {V1}/campaigns": LISTS,
    f"GET {V1}/jobs": LISTS,
    f"GET {V1}/certificates": LISTS,
    f"GET {V1}/templates": LISTS,
    f"GET {V1}/alerts": LISTS,
    f"GET {V1}/authorizations": LISTS,
    f"GET {V1}/sessions": LISTS,
    f"GET {V1}/documents": LISTS,
    "GET /": LISTS,
    # -- what names a place --
    f"POST {V1}/chargers": REFUSED,
    f"POST {V1}/templates": REFUSED,
    f"POST {V1}/campaigns": NONE_FIT,
    # -- pages --
    **dict.fromkeys(FORMS, FORM),
    # -- one thing --
    **dict.fromkeys(
        [
            f"GET {V1}/stations/{{station_id}}",
            f"PATCH {V1}/stations/{{station_id}}",
            f"DELETE {V1}/stations/{{station_id}}",
            f"GET {CHARGER}",
            f"PATCH {CHARGER}",
            f"DELETE {CHARGER}",
            f"POST {CHARGER}/decommission",
            f"POST {CHARGER}/recommission",
            f"GET {CHARGER}/connectors/{{connector_id}}/qr.svg",
            f"GET {CHARGER}/connectors/{{connector_id}}/qr.png",
            f"POST {CHARGER}/connectors/{{connector_id}}/pay-codes",
            f"GET {CHARGER}/inventory",
            f"GET {CHARGER}/inventory/{{kind}}",
            f"GET {CHARGER}/reports",
            f"GET {CHARGER}/customer-information",
            f"DELETE {CHARGER}/customer-information/{{request_id}}",
            f"GET {CHARGER}/drift",
            f"GET {CHARGER}/messages",
            f"GET {CHARGER}/commands",
            f"GET {V1}/commands/{{command_id}}",
            f"POST {CHARGER}/commands/reset",
            f"POST {CHARGER}/commands/unlock",
            f"POST {CHARGER}/commands/availability",
            f"POST {CHARGER}/commands/trigger",
            f"POST {CHARGER}/commands/clear-cache",
            f"POST {CHARGER}/commands/get-configuration",
            f"POST {CHARGER}/commands/set-configuration",
            f"POST {CHARGER}/commands/data-transfer",
            f"POST {CHARGER}/commands/reserve",
            f"POST {CHARGER}/commands/cancel-reservation",
            f"POST {CHARGER}/commands/get-local-list-version",
            f"POST {CHARGER}/commands/get-composite-schedule",
            f"POST {CHARGER}/commands/send-local-list",
            f"POST {CHARGER}/commands/set-charging-profile",
            f"POST {CHARGER}/commands/clear-charging-profile",
            f"POST {CHARGER}/commands/update-firmware",
            f"POST {CHARGER}/commands/get-diagnostics",
            f"POST {CHARGER}/commands/install-certificate",
            f"POST {CHARGER}/commands/delete-certificate",
            f"POST {CHARGER}/commands/list-certificates",
            f"POST {CHARGER}/commands/renew-certificate",
            f"POST {CHARGER}/ocpp/{{action}}",
            f"GET {V1}/uploads/{{upload_id}}",
            f"GET {V1}/uploads/{{upload_id}}/content",
            f"DELETE {V1}/uploads/{{upload_id}}",
            f"GET {V1}/campaigns/{{campaign_id}}",
            f"GET {V1}/campaigns/{{campaign_id}}/chargers",
            f"POST {V1}/campaigns/{{campaign_id}}/pause",
            f"POST {V1}/campaigns/{{campaign_id}}/resume",
            f"POST {V1}/campaigns/{{campaign_id}}/cancel",
            f"POST {V1}/campaigns/{{campaign_id}}/roll-back",
            f"POST {V1}/certificates/{{serial_number}}/revoke",
            f"GET {V1}/templates/{{template_id}}",
            f"PATCH {V1}/templates/{{template_id}}",
            f"DELETE {V1}/templates/{{template_id}}",
            f"POST {V1}/templates/{{template_id}}/apply",
            f"GET {V1}/templates/{{template_id}}/drift",
            f"GET {V1}/jobs/{{job_id}}",
            f"GET {V1}/jobs/{{job_id}}/chargers",
            f"POST {V1}/jobs/{{job_id}}/cancel",
            f"GET {V1}/stations/{{station_id}}/tariff",
            f"PUT {V1}/stations/{{station_id}}/tariff",
            f"DELETE {V1}/stations/{{station_id}}/tariff",
            f"GET {CHARGER}/tariff",
            f"PUT {CHARGER}/tariff",
            f"DELETE {CHARGER}/tariff",
            f"GET {CHARGER}/connectors/{{connector_id}}/tariff",
            f"PUT {CHARGER}/connectors/{{connector_id}}/tariff",
            f"DELETE {CHARGER}/connectors/{{connector_id}}/tariff",
            f"POST {V1}/sessions",
            f"GET {V1}/sessions/{{session_id}}",
            f"POST {V1}/sessions/{{session_id}}/stop",
            f"POST {V1}/sessions/{{session_id}}/continue",
            f"GET {V1}/sessions/{{session_id}}/cost",
            f"GET {V1}/sessions/{{session_id}}/receipt",
            f"GET {V1}/documents/{{number}}",
            f"POST {V1}/documents/{{number}}/credit-note",
            f"GET {V1}/sessions/{{session_id}}/events",
            f"GET {V1}/sessions/{{session_id}}/meter-values",
            "GET /chargers/{charger_id}",
            "GET /sessions/{session_id}",
        ],
        NOT_THERE,
    ),
}

DOCUMENT = openapi.document(catalogue.handlers())
LAST = (f"DELETE {CHARGER}", f"DELETE {V1}/stations/{{station_id}}")
"""What everything else needs."""


def test_every_route_has_a_row_or_is_of_the_whole_network() -> None:
    narrow = {route for route in permissions.ROUTES if not permissions.is_network_wide(route)}
    assert sorted(narrow - ROWS.keys()) == [], "say what a key of other stations gets there"
    assert sorted(ROWS.keys() - narrow) == []


SEEN = ("charger_id", "station_id", "session_id", "campaign_id", "job_id", "number")
"""Of which lists have one at least."""
HERE = ("charger_id", "station_id", "tariff_id", "firmware_id")
"""What an example names, and this test names otherwise."""


def example(route: str) -> dict[str, Any]:
    """The first example of a request's body; nothing where it has none."""
    method, path = route.split(" ")
    content = DOCUMENT["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    found: dict[str, Any] = content.get("application/json", {}).get("schema", {}).get("examples", [{}])[0]
    return found


class Elsewhere:
    """A station with the charger THERE, of which there is one of each thing; `ids` by the names in paths."""

    charger: station.Station

    def __init__(self, serving: server.Serving, admin: httpx.AsyncClient) -> None:
        self.serving, self.admin = serving, admin
        self.ids = {"charger_id": THERE, "connector_id": "1", "request_id": "7", "kind": "x", "action": "ClearCache"}

    async def furnish(self, nursery: trio.Nursery) -> None:
        """One of each thing."""
        self.ids["station_id"] = await self.posted("stations", name="Theirs", country="DE", time_zone="Europe/Berlin")
        at: dict[str, Any] = {
            "station_id": self.ids["station_id"],
            "connectors": [{"id": 1, "standard": "IEC_62196_T2"}],
        }
        await self.posted("chargers", **at, id=THERE)
        await self.posted("tokens", id_token="CARD")
        self.charger = await nursery.start(station.run, f"{self.serving.ocpp}/{THERE}")
        await self.charger.boot()
        await self.charger.start()
        [session] = (await self.admin.get(f"{V1}/sessions")).json()["items"]
        self.ids["session_id"] = session["id"]
        self.ids["command_id"] = await self.posted(f"chargers/{THERE}/commands/clear-cache", told="command_id")
        await self._upload()
        await self._certificate()
        await self._customer()
        match = {"station_ids": [self.ids["station_id"]]}
        self.ids["template_id"] = await self.posted("templates", name="T", settings={"Key": "1"}, match=match)
        self.ids["tariff_id"] = await self.posted("tariffs", **example(f"POST {V1}/tariffs"))
        self.ids["job_id"] = await self.posted(f"templates/{self.ids['template_id']}/apply", told="job")
        digest = hashlib.sha256(FIRMWARE).hexdigest()
        said = {"vendor": "ACME", "model": "Fast-22", "version": "2.0", "sha256": digest}
        self.ids["firmware_id"] = await self.posted("firmware", **said)
        await self.admin.put(f"{V1}/firmware/{self.ids['firmware_id']}/file", content=FIRMWARE)
        await self._receipt()
        self.ids["campaign_id"] = await self.posted("campaigns", firmware_id=self.ids["firmware_id"])

    async def posted(self, path: str, told: str = "id", **body: Any) -> str:
        """The id in the answer."""
        answer = await self.admin.post(f"{V1}/{path}", json=body)
        assert answer.is_success, answer.text
        found = answer.json()[told]
        return str(found["id"] if isinstance(found, dict) else found)

    async def _upload(self) -> None:
        self.charger.answers["GetDiagnostics"] = {"fileName": "a.log"}
        await self.posted(f"chargers/{THERE}/commands/get-diagnostics", told="command_id")
        location: str = self.charger.calls[-1][1]["location"]
        assert (await self.admin.put(location, content=b"log")).is_success
        self.ids["upload_id"] = (await self.admin.get(f"{V1}/uploads")).json()["items"][0]["id"]

    async def _certificate(self) -> None:
        services = self.serving.node.services
        now, settings = services.now(), services.settings
        store.Store(settings.data / "pki", settings.operator_name).operator(now)
        fields: dict[str, Any] = {"common_name": "SN-1", "chain": "", "at": now, "ends_at": now + timedelta(days=9)}
        await journal.write(services.journal, certificates.issue, THERE, "charger", serial_number="1234", **fields)
        self.ids["serial_number"] = "1234"

    async def _receipt(self) -> None:
        of = issuing.Parties(seller_id="default", prefix="CN", seller=parties.Party(name="Us"), day=date(2026, 3, 1))
        made = issuing.receipt(priced([self.ids["session_id"]]), of)
        issued = await self.serving.node.write(lambda conn: numbering.Press(conn).issue(made, of))
        self.ids["number"] = issued.number

    async def _customer(self) -> None:
        part = customer_information.Part(THERE, 7, 0, "Smith", True, station.AT)
        services = self.serving.node.services
        await journal.write(services.journal, customer_information.keep, part, services.now())
        alerts.raise_alert(services.registry, "charger_problem", THERE, "the contactor is welded", bytes(16))

    def request(self, route: str) -> dict[str, Any]:
        """The request to a route about what is here."""
        method, path = route.split(" ")
        asked: dict[str, Any] = {"method": method, "url": path.format_map(self.ids)}
        if not path.startswith(V1):
            return asked | {"data": FORMS.get(route)}
        if fields := example(route):
            here: dict[str, Any] = {name: self.ids[name] for name in HERE}
            here |= {"charger_ids": [THERE], "select": {"station_ids": [self.ids["station_id"]]}}
            asked["json"] = {name: here.get(name, value) for name, value in fields.items()}
        return asked


def notice(answer: httpx.Response) -> str:
    """What the page that a form goes back to will show."""
    return base64.urlsafe_b64decode(answer.cookies["csms_notice"]).decode()


def is_hidden(row: str, answer: httpx.Response, here: dict[str, str]) -> bool:
    """Whether somebody who may not see it was told so, and nothing of it."""
    match row:
        case "404, as if it were not there":
            return answer.status_code == 404
        case "403, for it names a place":
            return answer.status_code == 403
        case "422, for it finds no charger there":
            return answer.status_code == 422 and "no charger fits" in answer.text
        case "goes back and says that it is not there":
            return answer.status_code == 303 and "There is no" in notice(answer)
        case "what is elsewhere is not in its list":
            return answer.status_code == 200 and not any(each in answer.text for each in here.values())
    return True


async def test_what_is_elsewhere_is_not_there(
    serving: server.Serving,
    admin: httpx.AsyncClient,
    nursery: trio.Nursery,
    client_for: Callable[..., httpx.AsyncClient],
) -> None:
    there = Elsewhere(serving, admin)
    await there.furnish(nursery)
    mine = await there.posted("stations", name="Mine", country="DE", time_zone="Europe/Berlin")
    scope = {"station_ids": [mine]}
    narrow = client_for(await there.posted("api-keys", told="key", name="narrow", role="admin", scope=scope))
    people = [await person(there.admin, role, scope) for role in (Role.OPERATIONS, Role.FINANCE)]
    wide = client_for(await there.posted("api-keys", told="key", name="wide", role="admin"))
    looked = sorted((route for route, row in ROWS.items() if row not in (ALIKE, ELSEWHERE)), key=_order)
    unique = {name: there.ids[name] for name in SEEN}
    async with narrow, wide:
        shown, vain = [], []
        for role, token in ((Role.ADMIN, None), *people):
            if token is not None:
                narrow.headers["Authorization"] = f"Bearer {token}"
                narrow.cookies.clear()  # the notice of the last form names what is not there
            for route in looked:
                if permissions.reach(role, permissions.ROUTES[route]) is None:
                    continue
                answer = await narrow.request(**there.request(route))
                if not is_hidden(ROWS[route], answer, unique):
                    shown.append(f"{role}, {route}: {answer.status_code} {answer.text[:200]}")
        assert shown == [], "\n".join(shown)
        for route in looked:
            answer = await wide.request(**there.request(route))
            if answer.status_code >= 500 or is_hidden(ROWS[route], answer, unique):
                vain.append(f"{route}: {answer.status_code} {answer.text[:200]}")
        assert vain == [], "who may see it is not refused, else this test shows nothing"


async def person(admin: httpx.AsyncClient, role: Role, scope: dict[str, Any]) -> tuple[Role, str]:
    """A person of this role and scope, signed in: the role and the token."""
    body = {"email": f"{role}@example.com", "password": PASSWORD}
    (await admin.post(f"{V1}/users", json=body | {"role": role, "scope": scope})).raise_for_status()
    return role, (await admin.post(f"{V1}/login", json=body)).raise_for_status().json()["token"]


def _order(route: str) -> tuple[bool, bool]:
    return route in LAST, route.startswith("DELETE")


async def test_what_is_of_the_whole_network_is_closed_to_it(
    admin: httpx.AsyncClient, client_for: Callable[..., httpx.AsyncClient]
) -> None:
    body = {"name": "Mine", "country": "DE", "time_zone": "Europe/Berlin"}
    mine = (await admin.post(f"{V1}/stations", json=body)).json()["id"]
    asked = {"name": "narrow", "role": "admin", "scope": {"station_ids": [mine]}}
    _, token = await person(admin, Role.FINANCE, asked["scope"])  # type: ignore[arg-type]
    key = (await admin.post(f"{V1}/api-keys", json=asked)).json()["key"]
    async with client_for(key) as narrow, client_for(token) as finance:
        for route in filter(permissions.is_network_wide, permissions.ROUTES):
            method, path = route.split(" ")
            for client in (narrow, finance):
                answer = await client.request(method, path.replace("{", "").replace("}", ""))
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), route
        assert (await narrow.get(f"{V1}/stations/{mine}")).status_code == 200
        wider = await narrow.post(f"{V1}/api-keys", json={"name": "wider", "role": "admin"})
        assert wider.status_code == 403, "or it would be no scope"
