"""OCPP 2.0.1: frames, schemas and codes, and the tables of its functional blocks, composed.

What it shares with 2.1 is in csms.protocol.v2x; every block adds its rows here by one line a table.
"""

from csms.protocol import frames, schemas, v2x, versions
from csms.protocol.v2x import authorization, availability, cost, data_transfer, provisioning

VERSION = versions.Version(
    name="2.0.1",
    subprotocol="ocpp2.0.1",
    dialect=frames.Dialect(
        malformed="RpcFrameworkError", answer_anonymous=True, unknown_type="MessageTypeNotSupported"
    ),
    validators=schemas.Schemas("v201"),
    codes=schemas.CODES_2X,
    places=True,
    incoming={
        **authorization.INCOMING,
        **availability.INCOMING,
        **data_transfer.INCOMING,
        **provisioning.INCOMING,
    },
    outgoing={
        **authorization.OUTGOING,
        **availability.OUTGOING,
        **data_transfer.OUTGOING,
    },
    calls={
        **dict.fromkeys(v2x.FROM_SERVER, versions.nothing),
        **cost.CALLS,
    },
)
