"""What the tests of commands share: a command that was run, and a server that runs."""

import json
import re
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import pytest

from api.cli import main
from tests.e2e.lines import Program

CSMS = Path(sys.executable).with_name("csms")
_READY = re.compile(r"ready http=(\S+) ocpp=(\S+)")


class Ran(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, which must be JSON and nothing else."""
        return json.loads(self.out)


class Csms:
    """`csms` commands in this process."""

    def __init__(self, data: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._data = data
        self._capture = capture

    def __call__(self, *arguments: str) -> Ran:
        """Run a command on the data directory; it must succeed."""
        ran = self.tried(*arguments)
        assert ran.code == 0, ran
        return ran

    def tried(self, *arguments: str) -> Ran:
        """Run a command on the data directory."""
        return self.bare(*arguments, "--data", str(self._data))

    def bare(self, *arguments: str) -> Ran:
        """Run a command."""
        self._capture.readouterr()
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = self._capture.readouterr()
        return Ran(code, out, err)


class Server:
    """`csms serve` in a process of its own, on free ports."""

    def __init__(self, data: Path, *flags: str) -> None:
        self._stderr = data.with_name("serve.log")
        arguments = [str(CSMS), "serve", "--data", str(data), "--http-port", "0", "--ocpp-port", "0", *flags]
        self.program = Program(arguments, log=self._stderr)
        self.ended: int | None = None

    def __enter__(self) -> "Server":
        self.ready = self.program.wait_for(lambda line: line)
        found = _READY.fullmatch(self.ready)
        assert found, self.ready
        self.http, self.ocpp = found.groups()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.ended is None:
            self.stop(signal.SIGKILL)

    @property
    def log(self) -> str:
        """What it wrote to stderr so far."""
        return self._stderr.read_text()

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """End it; the exit code."""
        self.ended = self.program.end(sign)
        return self.ended
