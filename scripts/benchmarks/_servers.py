"""Server processes to measure: ours, and the two baselines beside it. Each is told by a context manager.

`python -m scripts.benchmarks._servers echo|central PORTFILE` runs a baseline: a bare trio-websocket echo, or
mobilityhouse/ocpp's asyncio central system that answers every MeterValues with {} and stores nothing.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

TOKEN = "BENCH-1"
ADMIN, PASSWORD = "bench@localhost", "a password of this benchmark"
SCHEDULER = 2
"""With a process id it makes Linux's clock of that process, in nanoseconds (MAKE_PROCESS_CPUCLOCK)."""
ROOT = Path(__file__).resolve().parent.parent.parent
CSMS = str(Path(sys.executable).with_name("csms"))


class Server(NamedTuple):
    """A process that listens; `url` is where chargers connect, without their id, `http` the API's root.

    `passwords` are of the chargers that have one.
    """

    name: str
    pid: int
    url: str
    http: str = ""
    passwords: Mapping[str, str] = MappingProxyType({})

    @property
    def cpu_s(self) -> float:
        """User and system time of the process so far, in seconds, by the kernel's accounting."""
        return time.clock_gettime(~self.pid << 3 | SCHEDULER)

    @property
    def memory_kb(self) -> int:
        """Proportional memory of the process, in kB."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])


class Site(NamedTuple):
    """A data directory of ours, with registered chargers and one token."""

    data: Path
    passwords: Mapping[str, str]


@contextlib.contextmanager
def site(chargers: int, profile: int = 0) -> Iterator[Site]:
    """A new one with BENCH-0..., all of one security profile; passwords are generated where it asks for them."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        rows = "".join(f"BENCH-{number},{profile}\n" for number in range(chargers))
        Path(folder, "chargers.csv").write_text(f"id,security_profile\n{rows}")
        added = json.loads(_csms("charger", "import", f"{folder}/chargers.csv", "--json", "--data", str(data)))
        _csms("token", "add", TOKEN, "--data", str(data))
        yield Site(data, {each["id"]: each["password"] for each in added if "password" in each})


@contextlib.contextmanager
def serving(at: Site, *flags: str, program: Sequence[str] = ()) -> Iterator[Server]:
    """`csms serve` on it, or another `program` that does the same; limits of rates are off unless `flags` set them."""
    limits = ["--frame-rate-limit", "0", "--handshake-rate", "0"]
    command = [*(program or [CSMS]), "serve", "--data", str(at.data), "--http-port", "0", "--ocpp-port", "0"]
    environment = _environment() | {"CSMS_ADMIN_EMAIL": ADMIN, "CSMS_ADMIN_PASSWORD": PASSWORD}
    with (
        at.data.with_name("log").open("a") as log,
        subprocess.Popen(
            [*command, *limits, *flags],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            cwd=at.data.parent,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            ready = next(line for line in process.stdout if line.startswith("ready ")).split()
            yield Server("csms", process.pid, ready[2].partition("=")[2], ready[1].partition("=")[2], at.passwords)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(120)


@contextlib.contextmanager
def ours(chargers: int) -> Iterator[Server]:
    """`csms serve` on a site of its own."""
    with site(chargers) as at, serving(at) as server:
        yield server


def _csms(*arguments: str) -> str:
    return subprocess.run([CSMS, *arguments], check=True, stdout=subprocess.PIPE, text=True, env=_environment()).stdout


def _environment() -> dict[str, str]:
    """Ours without the settings of somebody's own server; modules of the benchmarks are found from any folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("CSMS_")}
    return own | {"PYTHONPATH": str(ROOT)}


@contextlib.contextmanager
def baseline(kind: str) -> Iterator[Server]:
    """`echo` or `central` in a process of its own."""
    command = [sys.executable, "-m", "scripts.benchmarks._servers", kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(kind, process.pid, process.stdout.readline().strip())
        finally:
            process.terminate()


async def _echo() -> None:
    import trio
    import trio_websocket

    async def connection(request: trio_websocket.WebSocketRequest) -> None:
        websocket = await request.accept(subprotocol="ocpp1.6")
        with contextlib.suppress(trio_websocket.ConnectionClosed):
            while True:
                await websocket.send_message(await websocket.get_message())

    async with trio.open_nursery() as nursery:
        server = await nursery.start(trio_websocket.serve_websocket, connection, "127.0.0.1", 0, None)
        print(f"ws://127.0.0.1:{server.port}/ocpp", flush=True)


async def _central() -> None:
    import websockets
    from ocpp.routing import on
    from ocpp.v16 import ChargePoint, call_result

    class CentralSystem(ChargePoint):  # type: ignore[misc]
        @on("MeterValues")  # type: ignore[untyped-decorator]
        async def on_meter_values(self, **_: Any) -> Any:
            return call_result.MeterValues()

        @on("StartTransaction")  # type: ignore[untyped-decorator]
        async def on_start(self, **_: Any) -> Any:
            return call_result.StartTransaction(transaction_id=1, id_tag_info={"status": "Accepted"})

        @on("BootNotification")  # type: ignore[untyped-decorator]
        async def on_boot(self, **_: Any) -> Any:
            now = datetime.now(UTC).isoformat()
            return call_result.BootNotification(current_time=now, interval=300, status="Accepted")

    async def connection(websocket: websockets.ServerConnection) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            await CentralSystem("BENCH", websocket).start()

    async with websockets.serve(connection, "127.0.0.1", 0, subprotocols=[websockets.Subprotocol("ocpp1.6")]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"ws://127.0.0.1:{port}/ocpp", flush=True)
        await asyncio.Future()


def call(number: int, action: str, payload: dict[str, Any]) -> str:
    """The text of a CALL."""
    return json.dumps([2, str(number), action, payload])


if __name__ == "__main__":
    if sys.argv[1] == "echo":
        import trio

        trio.run(_echo)
    else:
        asyncio.run(_central())
