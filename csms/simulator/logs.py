"""The logs of a charger, brought to where the central system wants them. No version of OCPP.

The dialects' diagnostics blocks own one each, start uploads and put the steps into words.
"""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Callable
from typing import TYPE_CHECKING

from csms.simulator import clock
from csms.simulator.errands import Errand

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_GOOD = range(200, 300)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An order. `retries` more attempts, `interval` seconds apart."""

    url: str
    name: str
    request_id: int | None = None
    retries: int = 0
    interval: float = 60.0


class Logs:
    """Brings one file at a time. `report` gets Uploading, Uploaded, UploadFailure or AcceptedCanceled."""

    def __init__(self, charger: Charger, report: Callable[[str, Upload], None]) -> None:
        self.status = "Idle"
        self.upload: Upload | None = None
        """The order that runs or ran last."""
        self._charger = charger
        self._report = report

    @property
    def busy(self) -> bool:
        """A file is on its way."""
        return self.status == "Uploading"

    def start(self, upload: Upload) -> bool:
        """Take an order; True: one that ran was given up for it."""
        instead = self.busy
        if instead and self.upload is not None:
            self._report("AcceptedCanceled", self.upload)
        self.upload = upload
        self._step(upload, "Uploading")
        self._bring(upload, upload.retries)
        return instead

    def name(self, kind: str) -> str:
        """What a log of this kind is called when it is made now."""
        return f"{self._charger.config.id}-{kind}-{int(self._charger.now())}.log"

    def _bring(self, upload: Upload, retries: int) -> None:
        if self.upload is upload:
            done = lambda status, _body: self._brought(upload, retries, status)  # noqa: E731 - a name for the reader
            url = upload.url + urllib.parse.quote(upload.name) if upload.url.endswith("/") else upload.url
            self._charger.errands.append(Errand(method="PUT", url=url, body=self._text(), done=done))

    def _brought(self, upload: Upload, retries: int, status: int) -> None:
        if self.upload is not upload:
            return
        if status in _GOOD:
            self._step(upload, "Uploaded")
        elif retries > 0:
            self._charger.agenda.at(self._charger.now() + upload.interval, lambda: self._bring(upload, retries - 1))
        else:
            self._step(upload, "UploadFailure")

    def _text(self) -> bytes:
        """What the charger can tell of itself."""
        charger = self._charger
        lines = [
            f"{clock.stamp(charger.now())} charger {charger.config.id} firmware {charger.firmware_version}",
            f"calls {charger.exchange.calls} answers {charger.exchange.answers} errors {charger.exchange.errors}",
        ]
        lines += [
            f"connector {connector.id} {connector.status} {connector.error_code} {connector.meter.register_wh} Wh"
            for connector in charger.connectors.values()
        ]
        return "\n".join([*lines, ""]).encode()

    def _step(self, upload: Upload, status: str) -> None:
        self.status = status
        self._report(status, upload)
