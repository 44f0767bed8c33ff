"""A program in a process of its own that is talked to by lines. Used for the server and for the foreign clients."""

import contextlib
import os
import pathlib
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO, TypeVar

T = TypeVar("T")
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60.0
"""Only a program that hangs takes so long."""


def environment() -> dict[str, str]:
    """Ours without the settings of a developer's own server; modules of the tests are found from any folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("CSMS_")}
    return own | {"PYTHONPATH": str(ROOT)}


class Program:
    """A running program. What it prints waits in order; its stderr goes to `log`, which a failure shows.

    It runs beside its log, where there is no csms.toml of a developer's.
    """

    def __init__(self, arguments: Sequence[str], *, log: pathlib.Path, env: Mapping[str, str] | None = None) -> None:
        self._name, self._log = " ".join(arguments[:2]), log
        with log.open("ab") as stderr:
            self._process = subprocess.Popen(
                arguments,
                env=environment() if env is None else env,
                cwd=log.parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )
        self._printed: queue.Queue[str | None] = queue.Queue()
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,))
        self._reader.start()

    def tell(self, line: str) -> None:
        """Write a line to its stdin."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def wait_for(self, wanted: Callable[[str], T | None]) -> T:
        """Read on to a line of which `wanted` makes something. Raises AssertionError when the program ends or hangs."""
        while True:
            try:
                line = self._printed.get(timeout=PATIENCE_SECONDS)
            except queue.Empty:
                line = None
            assert line is not None, f"{self._name} said no more; its stderr ends with:\n{self._stderr()}"
            found = wanted(line)
            if found is not None:
                return found

    def end(self, sign: signal.Signals) -> int:
        """Send this signal to the program and to what it started, wait for the end and give the exit code.

        A `node` installed by pip is a wrapper whose child would outlive it, and keep the pipes open.
        """
        if self._process.returncode is None:  # else the number may be another process's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end and give the exit code."""
        try:
            code = self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise AssertionError(f"{self._name} did not end:\n{self._stderr()}") from None
        finally:
            self._process.wait()
            self._reader.join()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
        return code

    def _read(self, stdout: IO[str]) -> None:
        for line in stdout:
            self._printed.put(line.rstrip("\n"))
        self._printed.put(None)

    def _stderr(self) -> str:
        return self._log.read_text("utf-8", "replace")[-4000:]
