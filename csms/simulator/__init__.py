"""Simulated chargers that behave like real ones, thousands in a process, and a ledger of what was acknowledged.

    config, session, car, meter, connector     what a charger is and has (pure)
    messages, exchange, authorization, transactions, drivers, profiles, operations, charger     what it does (pure)
    dialect, protocols, v16                    how it says it, one module an OCPP version (pure)
    clock, link, fleet, statistics, ledger     the network, the time and the bookkeeping

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
