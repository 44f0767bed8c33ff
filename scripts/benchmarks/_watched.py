"""The `csms` command with a watch on its event loop: a task that wants to run every 5 ms and notes how late it does.

`python -m scripts.benchmarks._watched FILE settled|untouched serve ...`; "untouched" leaves the garbage collector as
Python has it. SIGUSR1 forgets what was noted, SIGUSR2 writes p99 and the longest, in ms, to FILE.
"""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio

from api import cli
from api.cli import collector

EVERY_S = 0.005


class Watch:
    """How late the loop was, in seconds, at every due moment: a long stop counts at each that fell into it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._late: list[float] = []

    async def run(self) -> None:
        """Note, for ever."""
        due = trio.current_time()
        while True:
            due += EVERY_S
            await trio.sleep_until(due)
            self._late.append(trio.current_time() - due)

    async def listen(self) -> None:
        """Obey the signals."""
        with trio.open_signal_receiver(signal.SIGUSR1, signal.SIGUSR2) as signals:
            async for number in signals:
                if number == signal.SIGUSR2 and self._late:
                    late = sorted(self._late)
                    self._file.write_text(f"{late[len(late) * 99 // 100] * 1000} {late[-1] * 1000}\n")
                self._late.clear()


def main() -> int:
    """Run the command beside the watch."""
    file, garbage, *arguments = sys.argv[1:]
    watch, run = Watch(Path(file)), trio.run

    async def watched(command: Callable[..., Any], *args: Any) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch.run)
            nursery.start_soon(watch.listen)
            await command(*args)
            nursery.cancel_scope.cancel()

    trio.run = lambda command, *args: run(watched, command, *args)  # type: ignore[assignment]
    if garbage == "untouched":
        collector.settle = lambda: None
        collector.tidy = trio.sleep_forever  # type: ignore[assignment,unused-ignore]
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
