"""Commands about files that chargers fetch and send: firmware and logs.

POST /chargers/{id}/commands/update-firmware     POST /chargers/{id}/commands/get-diagnostics
"""

from typing import Annotated, Any

from litestar import post

from api import wanted
from api.resources import commands as common
from csms.domain import commands

_FIRMWARE = {"url": "https://files.example.com/fast-22-1.4.2.bin", "retrieve_at": "2026-03-01T02:00:00Z"}


@post(f"{common.CHARGER}/commands/update-firmware", **common.answers)
async def update_firmware(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.UpdateFirmware, common.body(_FIRMWARE)],
) -> dict[str, Any]:
    """Have the charger fetch firmware and install it; signed where signing_certificate and signature come along.

    GET .../inventory/firmware tells how far it is.
    """
    return common.outcome(await common.execute(node, caller, charger_id, data))


@post(f"{common.CHARGER}/commands/get-diagnostics", **common.answers)
async def get_diagnostics(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    data: Annotated[commands.GetDiagnostics | None, common.body({"log_type": "security"})] = None,
) -> dict[str, Any]:
    """Have the charger send a log: to upload_url, or with none named to this server.

    GET .../inventory/logs tells how far it is.
    """
    return common.outcome(await common.execute(node, caller, charger_id, data or commands.GetDiagnostics()))


HANDLERS = [update_firmware, get_diagnostics]
