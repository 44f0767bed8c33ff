"""Shows the settings: the flags of a subcommand, the table in README, and `csms config`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from csms.config.loading import PREFIX, masked
from csms.config.settings import Settings, fields, kind_of


@dataclass(frozen=True)
class Row:
    """A setting as documented. `flag` is None where a value on the command line would be seen by others."""

    name: str
    default: str
    allowed: str
    help: str
    secret: bool

    @property
    def env(self) -> str:
        """Its environment variable: CSMS_HTTP_PORT."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str | None:
        """Its flag: --http-port."""
        return None if self.secret else "--" + self.name.replace("_", "-")


@dataclass(frozen=True)
class Effective:
    """A setting as it is: its value as text, masked where it is a secret, and where that came from."""

    name: str
    value: str
    source: str


def table() -> tuple[Row, ...]:
    """Every setting, in the order of the documentation."""
    return tuple(
        Row(each.name, _shown(each.default), kind_of(each).allowed, each.metadata["help"], each.metadata["secret"])
        for each in fields()
    )


def effective(settings: Settings) -> tuple[Effective, ...]:
    """What `csms config` prints."""
    return tuple(
        Effective(
            each.name,
            masked(each, _shown(getattr(settings, each.name))),
            settings.sources.get(each.name, "default"),
        )
        for each in fields()
    )


def markdown() -> str:
    """The table in README."""
    rows = [
        f"| `{row.env}` | {f'`{row.flag}`' if row.flag else ''} | {f'`{row.default}`' if row.default else ''} "
        f"| {row.help}: {row.allowed} |"
        for row in table()
    ]
    return "\n".join(["| environment | flag | default | |", "|---|---|---|---|", *rows, ""])


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand a flag for each setting; `vars()` of what it parses is fit for load()."""
    for row in table():
        if row.flag is not None:
            shown = f"{row.help} (default: {row.default or 'none'})".replace("%", "%%")
            parser.add_argument(row.flag, dest=row.name, metavar=row.name.rsplit("_", 1)[-1].upper(), help=shown)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value).removesuffix(".0") if isinstance(value, float) else str(value)
