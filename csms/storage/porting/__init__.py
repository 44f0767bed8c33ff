"""What is moved in and out of the tables, in the order in which it refers to each other: import in this order."""

from csms.storage.porting.kind import Kind
from csms.storage.porting.people import Drivers, Groups, Tokens
from csms.storage.porting.places import Chargers, Networks, Stations
from csms.storage.porting.prices import Assignments, Tariffs

__all__ = ["KINDS", "Kind"]

KINDS: dict[str, type[Kind]] = {
    kind.name: kind for kind in (Networks, Stations, Chargers, Groups, Drivers, Tokens, Tariffs, Assignments)
}
