"""`csms serve`: the server as a process. Says when everything listens, and drains when it is asked to end.

stdout gets the ready line and, on the first run, the one-time password; everything else goes to stderr.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
from contextlib import nullcontext

import trio

from actors import runtime
from api import demo, server
from api.cli import collector, files, local, logs
from api.cli.failure import Failure
from csms import config, gateway
from csms.storage import errors

logger = logging.getLogger(__name__)

AT_ONCE = 130
"""Exit code when a second signal does not let the drain finish."""

# What a server may be unable to start with: each says what to do.
_CLEAR = (gateway.BadListener, errors.StorageError, OSError)
_REFUSALS = (*_CLEAR, runtime.StartFailed, runtime.GaveUp)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every setting, and --demo."""
    config.add_flags(parser)
    parser.add_argument(
        "--demo", action="store_true", help="bring City Mall Station and simulated chargers that charge"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C: 0. Raises Failure for what keeps it from starting."""
    settings = local.settings(arguments)
    local.require_directory(settings.data)
    logs.configure(settings.log_level)
    for name in config.unknown_variables(os.environ):
        logger.warning("unknown_setting variable=%s", name)
    logger.info("open_files limit=%d", files.raise_limit())
    refusal: str | None = None
    try:
        trio.run(_serve, settings, arguments.demo)
    except* _REFUSALS as refusals:
        refusal = _told(refusals)
    if refusal is not None:  # raised in there it would come out in a group
        raise Failure(refusal)
    return 0


async def _serve(settings: config.Settings, with_demo: bool) -> None:
    until_asked = trio.CancelScope()
    async with trio.open_nursery() as outer:
        await outer.start(_listen_to_signals, until_asked)
        async with trio.open_nursery() as nursery:
            with until_asked:
                with logs.untold(gateway.BadListener.__name__):
                    serving: server.Serving = await nursery.start(server.serve, settings)
                async with demo.running(serving) if with_demo else nullcontext():
                    collector.settle()
                    await outer.start(_reload_when_asked, serving)
                    _say(serving)
                    await collector.tidy()
            nursery.cancel_scope.cancel()
        outer.cancel_scope.cancel()


async def _listen_to_signals(
    until_asked: trio.CancelScope, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """The first signal drains, the second one ends at once."""
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            if until_asked.cancel_called:
                os._exit(AT_ONCE)
            logger.info("stopping signal=%s", signal.Signals(number).name)
            until_asked.cancel()


async def _reload_when_asked(
    serving: server.Serving, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """SIGHUP: look whether certificates changed. Every connection does that too; this tells at once what is wrong."""
    with trio.open_signal_receiver(signal.SIGHUP) as signals:
        task_status.started()
        async for _ in signals:
            changed = serving.node.front.reload()
            logger.info("reload_asked certificates_changed=%s", changed)


def _say(serving: server.Serving) -> None:
    """All that ever goes to stdout, at once."""
    lines = [serving.ready]
    if serving.admin is not None and serving.admin.password is not None:
        lines.append(f"one-time password of {serving.admin.email}: {serving.admin.password}")
    print("\n".join(lines), flush=True)


def _told(refusals: BaseExceptionGroup[BaseException]) -> str:
    """The message of the first cause that says what to do."""
    error: BaseException = refusals
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _CLEAR):
            return str(cause)
        cause = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause.__cause__
    return str(error)
