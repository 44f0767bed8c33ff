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
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

TOKEN = "BENCH-1"


class Server(NamedTuple):
    """A process that listens; `url` is where chargers connect, without their id."""

    name: str
    pid: int
    url: str

    @property
    def cpu_s(self) -> float:
        """User and system time of the process so far, in seconds, by the kernel's accounting."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory_kb(self) -> int:
        """Proportional memory of the process, in kB."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])


@contextlib.contextmanager
def ours(chargers: int) -> Iterator[Server]:
    """`csms serve` with registered chargers BENCH-0... and one token, on a data directory of its own."""
    with tempfile.TemporaryDirectory() as folder:
        csms = str(Path(sys.executable).with_name("csms"))
        rows = "".join(f"BENCH-{number}\n" for number in range(chargers))
        Path(folder, "chargers.csv").write_text(f"id\n{rows}")
        for command in (["charger", "import", f"{folder}/chargers.csv"], ["token", "add", TOKEN]):
            subprocess.run([csms, *command, "--data", f"{folder}/data"], check=True, stdout=subprocess.DEVNULL)
        flags = ["--data", f"{folder}/data", "--http-port", "0", "--ocpp-port", "0", "--frame-rate-limit", "0"]
        with (
            Path(folder, "log").open("w") as log,
            subprocess.Popen([csms, "serve", *flags], stdout=subprocess.PIPE, stderr=log, text=True) as process,
        ):
            assert process.stdout is not None
            try:
                ready = next(line for line in process.stdout if line.startswith("ready "))
                yield Server("csms", process.pid, ready.split("ocpp=")[1].strip())
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)


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
