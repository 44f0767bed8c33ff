"""What the certificate messages of all OCPP versions have in common. Used by v16/certificates.py and v2x's."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from csms import pki
from csms.domain import certificates, commands, inventory
from csms.domain.certificates import HashData
from csms.pki import hashes, pem
from csms.protocol import fields, versions


def installed(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """What InstallCertificate changed. A root is its own issuer, so its name can be told from the request."""
    if answer.get("status") != "Accepted":
        return ()
    try:
        certificate = pem.one(request["certificate"])
    except pki.BadCertificate:
        return ()  # the charger could read what we cannot: the next list will tell
    told = {"subject": certificate.subject.rfc4514_string(), "notAfter": f"{certificate.not_valid_after_utc:%FT%TZ}"}
    put = certificates.entry(request["certificateType"], hashes.of(certificate), **told)
    return (inventory.Change(kind=certificates.KIND, put=put),)


def deleted(uses: Collection[str]) -> versions.Learn:
    """What DeleteCertificate changed, which does not say in which of its `uses` the charger held it."""

    def learn(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
        if answer.get("status") not in ("Accepted", "NotFound"):
            return ()
        named = msgspec.convert(request["certificateHashData"], HashData)
        drop = tuple(certificates.key(use, named) for use in uses)
        return (inventory.Change(kind=certificates.KIND, drop=drop),)

    return learn


def install(uses: Mapping[str, str], version: str) -> versions.Builder:
    """Command -> payload; `uses` maps our words to the version's."""

    def build(command: commands.InstallCertificate) -> dict[str, Any] | versions.CannotExpress:
        use = uses.get(command.certificate_type)
        if use is None:
            return versions.CannotExpress(f"OCPP {version} can install: {', '.join(uses)}.")
        if command.certificate is None:
            return versions.CannotExpress("Send the certificate in PEM form: only our own root may be left out.")
        try:
            pem.one(command.certificate)
        except pki.BadCertificate as error:
            return versions.CannotExpress(f"certificate: {error}.")
        return {"certificateType": use, "certificate": command.certificate}

    return build


def delete(command: commands.DeleteCertificate) -> dict[str, Any]:
    """Command -> payload: the same in every version."""
    named = HashData(command.hash_algorithm, command.issuer_name_hash, command.issuer_key_hash, command.serial_number)
    return {"certificateHashData": msgspec.to_builtins(named)}


def hash_data(given: fields.Fields) -> HashData:
    """A CertificateHashDataType, also as a part of more. Raises FieldError."""
    return HashData(
        given.words("hashAlgorithm"),
        given.words("issuerNameHash"),
        given.words("issuerKeyHash"),
        given.words("serialNumber"),
    )
