"""Simulated chargers that behave like real ones, thousands in a process, and a ledger of what was acknowledged.

    config, session, car, meter, connector     what a charger is and has (pure)
    messages, exchange, manners                how it talks, well or badly (pure)
    authorization, transactions, availability, power, operations, agenda, charger     what it does (pure)
    local_list, reservations, limits, firmware, logs, certificates, errands           what else it may have (pure)
    drivers, profiles                          who comes to it (pure)
    dialect, protocols, v16, v2x, v201, v21    how it says it, one package an OCPP version (pure)
    clock, link, transfer, fleet, statistics, ledger     the network, the time and the bookkeeping

Used by `csms simulate`, the demo and the tests. It knows OCPP and nothing of this server's inside.
"""

from csms.simulator.car import Car
from csms.simulator.clock import Clock
from csms.simulator.config import ChargerConfig
from csms.simulator.errors import InvalidUrl, SimulatorError, UnknownProfile, UnsupportedProtocol
from csms.simulator.fleet import Fleet, configs, numbered
from csms.simulator.ledger import Entry, Ledger
from csms.simulator.link import Link, run_charger
from csms.simulator.statistics import Statistics

__all__ = [
    "Car",
    "ChargerConfig",
    "Clock",
    "Entry",
    "Fleet",
    "InvalidUrl",
    "Ledger",
    "Link",
    "SimulatorError",
    "Statistics",
    "UnknownProfile",
    "UnsupportedProtocol",
    "configs",
    "numbered",
    "run_charger",
]
