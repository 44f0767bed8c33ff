"""What can go wrong when chargers are simulated.

SimulatorError
|- UnknownProfile          no driver behaviour of that name
|- UnknownManner           no way to answer of that name
|- UnsupportedProtocol     no simulated charger speaks that OCPP version
`- InvalidUrl              the central system's address cannot be used
"""


class SimulatorError(Exception):
    """Base of every error of the simulator; the message says what to do."""


class UnknownProfile(SimulatorError):
    """No driver behaviour of that name: use one of `known`."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no profile {name!r}; use one of: {', '.join(known)}")
        self.name = name
        self.known = known


class UnknownManner(SimulatorError):
    """Chargers do not answer in a manner of that name: use one of `known`."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no manner {name!r}; use one of: {', '.join(known)}")
        self.name = name
        self.known = known


class UnsupportedProtocol(SimulatorError):
    """No simulated charger speaks that OCPP version yet: use one of `known`."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"simulated chargers do not speak OCPP {name}; use one of: {', '.join(known)}")
        self.name = name
        self.known = known


class InvalidUrl(SimulatorError):
    """The central system's address is not a ws:// or wss:// URL with a host."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url!r} is no address of a central system; give one like ws://127.0.0.1:9000/ocpp")
        self.url = url
