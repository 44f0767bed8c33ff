"""OCPP 2.0.1: frames, schemas and codes. Its tables are empty, so every known action is NotSupported and
`csms.protocol.choose` does not offer it; they are filled here, one module a functional block, like v16's."""

from csms.protocol import frames, schemas, versions

VERSION = versions.Version(
    name="2.0.1",
    subprotocol="ocpp2.0.1",
    dialect=frames.Dialect(
        malformed="RpcFrameworkError", answer_anonymous=True, unknown_type="MessageTypeNotSupported"
    ),
    validators=schemas.Schemas("v201"),
    codes=schemas.CODES_2X,
    incoming={},
    outgoing={},
    calls={},
)
