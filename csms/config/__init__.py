"""The settings of a server: flags over environment over csms.toml over defaults.

`Settings` is the one table, and from it come the flags, the environment's names, `csms config` and the table in README.
Called by the command line and the composition root, which pass the result on; nothing here is global, and nothing else
reads the environment. A new setting is a new field in settings.py.
"""

from csms.config.kinds import ConcurrentSessions, Network, UnknownChargers
from csms.config.loading import DEFAULT_FILE, MASK, PREFIX, load, unknown_variables
from csms.config.settings import BadSetting, Settings
from csms.config.showing import Effective, Row, add_flags, effective, markdown, table

__all__ = [
    "DEFAULT_FILE",
    "MASK",
    "PREFIX",
    "BadSetting",
    "ConcurrentSessions",
    "Effective",
    "Network",
    "Row",
    "Settings",
    "UnknownChargers",
    "add_flags",
    "effective",
    "load",
    "markdown",
    "table",
    "unknown_variables",
]
