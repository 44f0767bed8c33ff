"""OCPP 2.0.1: frames, schemas and codes, and the tables that csms.protocol.v2x composes."""

from csms.domain import first_settings
from csms.protocol import frames, schemas, versions
from csms.protocol.v2x import device_model, passwords, security, tables, verdicts

VERSION = versions.Version(
    name="2.0.1",
    subprotocol="ocpp2.0.1",
    dialect=frames.Dialect(
        malformed="RpcFrameworkError", answer_anonymous=True, unknown_type="MessageTypeNotSupported"
    ),
    validators=schemas.Schemas("v201"),
    codes=schemas.CODES_2X,
    places=True,
    reads=first_settings.READS_2X,
    missing=first_settings.missing_2x,
    writes=device_model.writes,
    verdict=verdicts.verdict,
    password=passwords.password,
    password_waits=passwords.waits,
    profile=security.profile,
    objection=passwords.objection,
    incoming=tables.INCOMING,
    outgoing=tables.OUTGOING,
    calls=tables.CALLS,
)
