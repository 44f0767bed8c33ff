"""A charger's firmware: fetched, checked, installed, with a reboot, and every step reported. No version of OCPP.

The dialects' firmware blocks own one each, start updates and put the steps into words. A file that begins with
`broken` cannot be installed; what it says of its version (`firmware 2.3.4`) is the version afterwards.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from csms.simulator import signatures
from csms.simulator.errands import Errand

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_INSTALL_S = 20.0
_BROKEN = b"broken"
_VERSION = re.compile(rb"firmware (\d+(?:\.\d+)+)")
_IN_URL = re.compile(r"(\d+(?:\.\d+)+)")
_OK = 200


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An order. Times are Unix seconds; `retries` more attempts, `interval` seconds apart."""

    url: str
    retrieve_at: float
    install_at: float = 0.0
    request_id: int | None = None
    retries: int = 0
    interval: float = 60.0
    certificate: str | None = None
    """PEM of who signed it; None: nobody did."""
    signature: str = ""
    """Base64 of the signature over the file."""


class Firmware:
    """The updater. `report` gets every step in the words of 2.x, with the update that it belongs to."""

    def __init__(self, charger: Charger, report: Callable[[str, Update], None]) -> None:
        self.status = "Idle"
        self.update: Update | None = None
        """The order that runs or ran last."""
        self._charger = charger
        self._report = report
        self._image: bytes | None = None
        charger.watchers.append(self._install_when_idle)

    @property
    def busy(self) -> bool:
        """An update runs."""
        return self.status not in _OVER

    def start(self, update: Update) -> bool:
        """Take an order; True: one that ran was given up for it."""
        instead = self.busy
        self.update, self._image = update, None
        self.status = "Idle"
        if update.retrieve_at > self._charger.now():
            self._step(update, "DownloadScheduled")
        self._later(update, update.retrieve_at, lambda: self._fetch(update, update.retries))
        return instead

    def _fetch(self, update: Update, retries: int) -> None:
        self._step(update, "Downloading")
        done = lambda status, body: self._fetched(update, retries, status, body)  # noqa: E731 - a name for the reader
        self._charger.errands.append(Errand(method="GET", url=update.url, done=done))

    def _fetched(self, update: Update, retries: int, status: int, body: bytes) -> None:
        if self.update is not update:
            return
        if status != _OK and retries > 0:
            self._later(update, self._charger.now() + update.interval, lambda: self._fetch(update, retries - 1))
        elif status != _OK:
            self._step(update, "DownloadFailed")
        else:
            self._step(update, "Downloaded")
            self._check(update, body)

    def _check(self, update: Update, image: bytes) -> None:
        if update.certificate is not None:
            good = signatures.signed(image, update.signature, update.certificate)
            self._step(update, "SignatureVerified" if good else "InvalidSignature")
            if not good:
                return
        self._image = image
        now = self._charger.now()
        if update.install_at > now or not self._may_install:
            self._step(update, "InstallScheduled")
        self._later(update, update.install_at, self._install_when_idle)

    @property
    def _may_install(self) -> bool:
        """Nobody charges, or that is no reason to wait for this charger."""
        idle = all(connector.session is None for connector in self._charger.connectors.values())
        return idle or not self._charger.config.firmware_waits

    def _install_when_idle(self) -> None:
        update, image = self.update, self._image
        if update is None or image is None or self._charger.now() < update.install_at or not self._may_install:
            return
        self._image = None
        self._step(update, "Installing")
        self._later(update, self._charger.now() + _INSTALL_S, lambda: self._install(update, image))

    def _install(self, update: Update, image: bytes) -> None:
        if image.startswith(_BROKEN):
            self._step(update, "InstallationFailed")
            return
        self._step(update, "InstallRebooting")
        self._charger.firmware_version = _version(update, image) or f"{self._charger.firmware_version}.1"
        self._charger.power.after_boot.append(lambda: self._step(update, "Installed"))
        waits = self._charger.config.firmware_waits
        self._charger.power.reboot(soft=waits, why="FirmwareUpdate", ends="Reboot")

    def _step(self, update: Update, status: str) -> None:
        self.status = status
        self._report(status, update)

    def _later(self, update: Update, when: float, action: Callable[[], None]) -> None:
        """Unless another order comes in between."""
        self._charger.agenda.at(when, lambda: action() if self.update is update else None)


_OVER = frozenset({"Idle", "DownloadFailed", "InvalidSignature", "InstallationFailed", "Installed"})


def _version(update: Update, image: bytes) -> str | None:
    told = _VERSION.search(image[:1024])
    if told is not None:
        return told[1].decode()
    named = _IN_URL.search(update.url.rpartition("/")[2])
    return None if named is None else named[1]
