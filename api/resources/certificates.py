"""Certificates: what chargers trust, what we signed for them, and our own authority.

POST /chargers/{id}/commands/{install-certificate|delete-certificate|list-certificates|renew-certificate}
GET  /certificates     GET /certificates/authority     POST /certificates/{serial_number}/revoke
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
import trio
from litestar import get, post
from litestar.params import PathParameter, QueryParameter

from actors import tree
from actors.upkeep import revocations
from api import errors, views, wanted
from api.paging import Cursor, Limit
from api.resources import commands as common
from api.scope import visible_charger
from csms import pki
from csms.domain import commands
from csms.pki import pem, store
from csms.storage import queries
from csms.storage.reference import certificates

Serial = Annotated[str, PathParameter(description="A certificate's serial number, hexadecimal.")]
Reason = Literal["unspecified", "key_compromise", "superseded", "cessation_of_operation", "affiliation_changed"]


class Certificate(views.View, frozen=True):
    """What a charger asked to have signed. status: refused | issued | installed | rejected | revoked."""

    id: str
    serial_number: str | None
    charger_id: str
    kind: Annotated[str, msgspec.Meta(description="charger: what it signs in with; v2g: what it shows to cars.")]
    common_name: str | None
    status: str
    reason: str
    chain: Annotated[str | None, msgspec.Meta(description="PEM, its own first.")]
    requested_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None
    renewal_at: Annotated[datetime | None, msgspec.Meta(description="When the charger was asked to have it renewed.")]


class Authority(views.View, frozen=True):
    """The operator's authority, in PEM form: chargers trust the root."""

    root: str
    issuing: str
    ends_at: datetime


class Revocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is good no more."""

    reason: Reason = "unspecified"


CERTIFICATE = {
    "id": "12",
    "serial_number": "3f2c5a",
    "charger_id": "CP-01",
    "kind": "charger",
    "common_name": "SN-1",
    "status": "installed",
    "reason": "",
    "chain": "-----BEGIN CERTIFICATE-----\n...",
    "requested_at": views.AT,
    "ends_at": "2027-03-01T09:15:00Z",
    "revoked_at": None,
    "renewal_at": None,
}
AUTHORITY = {
    "root": "-----BEGIN CERTIFICATE-----\n...",
    "issuing": "-----BEGIN CERTIFICATE-----\n...",
    "ends_at": "2041-03-01T09:15:00Z",
}
_HASHES = {"hash_algorithm": "SHA256", "issuer_name_hash": "9f86", "issuer_key_hash": "60fd", "serial_number": "3f2c"}


@post(f"{common.CHARGER}/commands/install-certificate", **common.answers)
async def install(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.InstallCertificate | None, common.body({"certificate_type": "csms_root"})] = None,
) -> dict[str, Any]:
    """Give the charger a root certificate to trust: with nothing named ours, so that it trusts this server."""
    command = data or commands.InstallCertificate()
    if command.certificate is None and command.certificate_type == "csms_root":
        command = msgspec.structs.replace(command, certificate=pem.write([(await _authority(node))[-1]]))
    return common.outcome(await common.execute(node, caller, charger_id, command))


@post(f"{common.CHARGER}/commands/delete-certificate", **common.answers)
async def delete(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.DeleteCertificate, common.body(_HASHES)],
) -> dict[str, Any]:
    """Have the charger trust a certificate no more; list-certificates tells its hashes."""
    return common.outcome(await common.execute(node, caller, charger_id, data))


@post(f"{common.CHARGER}/commands/list-certificates", **common.answers)
async def trusted(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.ListCertificates | None, common.body({"certificate_type": "csms_root"})] = None,
) -> dict[str, Any]:
    """Ask the charger what it trusts; GET .../inventory/certificates keeps the answer."""
    return common.outcome(await common.execute(node, caller, charger_id, data or commands.ListCertificates()))


@post(f"{common.CHARGER}/commands/renew-certificate", **common.answers)
async def renew(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.RenewCertificate | None, common.body({"kind": "charger"})] = None,
) -> dict[str, Any]:
    """Make the charger ask for a new certificate; it is signed and sent to it then."""
    return common.outcome(await common.execute(node, caller, charger_id, data or commands.RenewCertificate()))


@get("/certificates", responses=views.page(Certificate, CERTIFICATE))
async def issued(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: Annotated[str | None, QueryParameter(description="Only of this charger.")] = None,
    status: Annotated[str | None, QueryParameter(description="Only of this status.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What chargers asked to have signed, newest first, and what became of it."""
    known = await visible_charger(node, caller, charger_id) if charger_id else None
    return await node.read(
        queries.certificates.list,
        charger_id=known,
        status=status,
        station_ids=caller.station_ids,
        limit=limit,
        cursor=cursor,
    )


@get("/certificates/authority", responses=views.answer(Authority, AUTHORITY))
async def ours(node: wanted.Node) -> dict[str, Any]:
    """The authority that signs chargers' certificates."""
    issuing, *_, root = await _authority(node)
    ends = f"{issuing.not_valid_after_utc:%FT%TZ}"
    return {"root": pem.write([root]), "issuing": pem.write([issuing]), "ends_at": ends}


@post(
    "/certificates/{serial_number:str}/revoke",
    status_code=HTTPStatus.OK,
    responses=views.answer(Certificate, CERTIFICATE),
)
async def revoke(
    node: wanted.Node,
    caller: wanted.Caller,
    serial_number: Serial,
    data: Annotated[Revocation | None, common.body({"reason": "key_compromise"})] = None,
) -> dict[str, Any]:
    """Make a certificate good no more, also a removed charger's. A charger that is connected with it is sent away."""
    known = await node.read(certificates.get, serial_number)
    if caller.stations is not None:
        await visible_charger(node, caller, known.charger_id)
    await revocations.revoke(node.services, serial_number, (data or Revocation()).reason)
    return await node.read(queries.certificates.one, serial_number)


async def _authority(node: tree.Node) -> tuple[pem.Certificate, ...]:
    """Our chain, the issuing one first. Raises NotFound where there is none yet, Conflict where it cannot be read."""
    kept = store.Store(node.settings.data / "pki", node.settings.operator_name)
    if not kept.begun:
        raise errors.NotFound("There is no authority yet: csms pki init makes one.", code="no_authority")
    try:
        return await trio.to_thread.run_sync(kept.operator_chain)
    except pki.BadStore as error:
        raise errors.Conflict(str(error), code="bad_authority") from error


HANDLERS = [install, delete, trusted, renew, issued, ours, revoke]
