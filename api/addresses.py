"""Where things listen, as people type it."""

from actors import tree


def ocpp_url(node: tree.Node) -> str:
    """What a charger's id is appended to: ws://HOST:PORT/ocpp. The gateway must have started once."""
    gateway = node.front.gateway
    if gateway is None:
        raise RuntimeError("the gateway has not started yet: ask after the tree is up")
    return gateway.endpoints[0].url
