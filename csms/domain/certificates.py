"""Certificates as chargers speak of them: how they are named, and what kinds a charger holds or asks for. Pure."""

from typing import Literal, TypeAlias

import msgspec

from csms.domain import inventory

Root: TypeAlias = Literal["csms_root", "manufacturer_root", "v2g_root", "mo_root", "oem_root"]
"""What a charger may be given to trust: for us, for its firmware, for cars, for contracts, for cars' provisioning."""
Kind: TypeAlias = Literal["charger", "v2g"]
"""What a charger may have signed: what it signs in with (profile 3), or what it shows to cars."""
KIND = "certificates"
"""Of the inventory: key "type/algorithm/issuer's key/serial number", as a charger may hold one in two roles."""


class HashData(msgspec.Struct, frozen=True, rename="camel"):
    """OCPP's CertificateHashDataType; hashes and the serial number are hexadecimal, compared without regard to case."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


def key(use: str, named: HashData) -> str:
    """Of a certificate in the inventory; `use` in the words of the charger's OCPP version."""
    issuer, serial = named.issuer_key_hash.lower()[:16], named.serial_number.lower().lstrip("0")
    return f"{use}/{named.hash_algorithm}/{issuer}/{serial}"


def entry(use: str, named: HashData, **more: object) -> dict[str, inventory.Body]:
    """A certificate that the charger holds, for Change.put."""
    return {key(use, named): {"certificateType": use, **msgspec.to_builtins(named), **more}}
