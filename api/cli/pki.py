"""`csms pki init|show|list|revoke`: the certificate authority in DATA/pki, with or without a running server."""

from __future__ import annotations

import argparse
import socket
from datetime import UTC, datetime
from pathlib import Path

from api.cli import local, table
from api.cli.failure import USAGE, Failure
from csms import pki
from csms.pki import pem, revocation, store
from csms.storage import queries
from csms.storage.reference import certificates


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms pki`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    init = actions.add_parser("init", help="make the authority, if there is none, and certificates for our own port")
    init.add_argument("hosts", nargs="*", metavar="HOST", help="names and addresses that chargers connect to")
    init.add_argument(
        "--key-type",
        choices=("ecdsa", "rsa"),
        default="ecdsa",
        help="of a new authority: rsa where chargers cannot check anything else (default ecdsa)",
    )
    show = actions.add_parser("show", help="the authorities, and the root that chargers must trust")
    listing = actions.add_parser("list", help="what chargers asked to have signed, and what became of it")
    listing.add_argument("--charger", metavar="ID", help="only of this charger")
    revoke = actions.add_parser("revoke", help="make a certificate good no more")
    revoke.add_argument("serial_number", metavar="SERIAL", help="hexadecimal, as csms pki list shows it")
    revoke.add_argument("--reason", choices=sorted(revocation.REASONS), default="unspecified")
    for each in (init, show, listing, revoke):
        local.add_data(each)
    listing.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run `csms pki`. Raises Failure."""
    settings = local.settings(arguments)
    local.require_directory(settings.data)
    kept = store.Store(settings.data / "pki", settings.operator_name)
    try:
        match arguments.action:
            case "init":
                _init(kept, arguments)
            case "show":
                _show(kept)
            case "list":
                _list(settings.data, arguments)
            case _:
                _revoke(settings.data, kept, arguments)
    except pki.PkiError as error:
        raise Failure(str(error)) from error
    return 0


def _init(kept: store.Store, arguments: argparse.Namespace) -> None:
    hosts = arguments.hosts or [socket.getfqdn(), "localhost", "127.0.0.1"]
    if any(not host or " " in host or "/" in host for host in hosts):
        raise Failure(f"hosts are names or addresses, not {' '.join(map(repr, hosts))}", USAGE)
    now, found = datetime.now(UTC), kept.begun
    kept.operator(now, arguments.key_type)
    kept.make_server(hosts, now)
    print(f"The authority of {kept.organisation} {'was there' if found else 'is made'}: {kept.root_file}")
    print(
        f"Certificates for {', '.join(hosts)} are made. Chargers connect with TLS after:  csms serve --ocpps-port 9443"
    )
    print("A running server takes them up by itself.")


def _show(kept: store.Store) -> None:
    if not kept.begun:
        raise Failure("there is no authority yet: csms pki init HOST makes one")
    for chain in kept.chains():
        for certificate in chain:
            print(f"# {certificate.subject.rfc4514_string()}, until {certificate.not_valid_after_utc:%Y-%m-%d}")
    print(pem.write(kept.trusted), end="")


def _list(data: Path, arguments: argparse.Namespace) -> None:
    found = []
    with local.reading(data) as conn:
        cursor = None
        while True:
            page = queries.certificates.list(conn, charger_id=arguments.charger, limit=500, cursor=cursor)
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    columns = ("serial_number", "charger_id", "kind", "common_name", "status", "ends_at", "reason")
    empty = "No charger has asked for a certificate yet."
    table.show(found, columns, as_json=arguments.json, empty=empty)


def _revoke(data: Path, kept: store.Store, arguments: argparse.Namespace) -> None:
    fields = {"serial_number": arguments.serial_number, "reason": arguments.reason}
    revoked = local.write(data, "pki.revoke", fields)
    if kept.begun:  # a server has published it already, and again is no mistake
        now = datetime.now(UTC)
        with local.reading(data) as conn:
            listed = certificates.revoked(conn, "charger")
        kept.publish(revocation.publish(kept.operator(now), listed, now))
    print(f"Revoked {revoked['serial_number']} of {revoked['charger_id']}.")
