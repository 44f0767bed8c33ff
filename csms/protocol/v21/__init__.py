"""OCPP 2.1: frames, schemas and codes. Its tables are empty, so every known action is NotSupported and
`csms.protocol.choose` does not offer it; they are filled here, one module a functional block, like v16's."""

from csms.protocol import frames, schemas, versions

VERSION = versions.Version(
    name="2.1",
    subprotocol="ocpp2.1",
    dialect=frames.Dialect(malformed="RpcFrameworkError", answer_anonymous=True, unknown_type=None, send=True),
    validators=schemas.Schemas("v21"),
    codes=schemas.CODES_2X,
    incoming={},
    outgoing={},
    calls={},
)
