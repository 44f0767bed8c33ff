"""What well-behaved chargers notice of each attack: `python -m tests.chaos.latency [ATTACK...]`.

Prints the time from a sample to its answer, which is sent after its commit, with and without each attack, against
`csms serve` in a process of its own; and what that process uses in memory and file descriptors afterwards.
"""

# ruff: noqa: T201  (a script)

import socket
import statistics
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import trio
import trustme

from tests.chaos import crowd, hostile
from tests.e2e import server

CHARGERS = [f"CP-{number}" for number in range(20)]
PAUSE_S = 0.02
"""Between a charger's samples: a load that leaves the server room, or queueing in the load would be all there is."""
QUIET_SAMPLES = 100


def main(names: Sequence[str]) -> None:
    """Measure the named attacks, or all."""
    attacks = [each for each in hostile.ATTACKS if not names or each.__name__ in names]
    warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.1, on purpose
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder, server.serving(Path(folder, "data"), **_tls(folder, port)) as running:
        for charger_id in (*CHARGERS, hostile.EVIL):
            running.post("/chargers", {"id": charger_id, "connectors": [{"id": 1}]})
            running.post("/tokens", {"id_token": crowd.token_of(charger_id)})
        print(f"{'ms to the answer':26} {'p50':>7} {'p99':>7} {'longest':>8}   samples   peak MB  files")
        target = hostile.Target(running.ocpp_url, running.http_url, f"wss://127.0.0.1:{port}/ocpp")
        trio.run(_measure, running, target, attacks)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def _tls(folder: str, port: int) -> dict[str, str]:
    issued, chain, key = trustme.CA().issue_cert("127.0.0.1"), Path(folder, "server.pem"), Path(folder, "server.key")
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    return {"CSMS_OCPPS_PORT": str(port), "CSMS_TLS_CERTIFICATE": str(chain), "CSMS_TLS_KEY": str(key)}


async def _measure(running: server.Server, target: hostile.Target, attacks: Sequence[hostile.Attack]) -> None:
    async with crowd.charging(target.ocpp, CHARGERS, PAUSE_S) as others:
        for attack in (_nothing, *attacks, _nothing):
            for member in others.members:
                member.latencies.clear()
            await attack(target, others.goes_on)
            await others.goes_on()
            _print(attack.__name__, [each for member in others.members for each in member.latencies], running)


async def _nothing(target: hostile.Target, held: hostile.Held) -> None:
    for _ in range(QUIET_SAMPLES // 5):
        await held()


def _print(name: str, latencies: Sequence[float], running: server.Server) -> None:
    p50, p99 = (1000 * statistics.quantiles(latencies, n=100)[at] for at in (49, 98))
    told = running.api.get(f"{running.http_url}/metrics").raise_for_status().text.splitlines()
    metrics = dict(line.rsplit(" ", 1) for line in told if not line.startswith("#"))
    memory, files = (float(metrics[name]) for name in ("process_peak_memory_bytes", "process_open_fds"))
    times = f"{p50:7.1f} {p99:7.1f} {1000 * max(latencies):8.1f}"
    print(f"{name.strip('_'):26} {times} {len(latencies):9d} {memory / 1e6:9.1f} {files:6.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
