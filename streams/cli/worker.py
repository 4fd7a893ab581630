"""``precede worker``: process events."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from streams.cli.output import fail
from streams.process import run_for_long
from streams.settings import Settings
from streams.worker import ROLES, Worker

EXAMPLES = """
Examples:

  precede worker                       # everything in one process

  precede worker --role engine         # scale one role by itself

Settings come from the environment (PRECEDE_*); Kafka from PRECEDE_BOOTSTRAP_SERVERS or
`precede kafka up`. Metrics and health are served on PRECEDE_HTTP_PORT.
"""


def worker(
    role: Annotated[
        str, typer.Option(help=f"One of {', '.join(ROLES)}, or all, which plays them together.")
    ] = "all",
    attached: Annotated[
        bool, typer.Option(help="Stop when standard input ends: for whoever starts it as a child.")
    ] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Normalise events, decide, and dispatch actions, until it is told to stop."""
    if role not in (*ROLES, "all"):
        fail(f"--role must be one of {', '.join(ROLES)} or all; got {role!r}", code=2)
    level = logging.getLevelNamesMapping().get(log_level.upper())
    if level is None:
        fail(f"--log-level must be debug, info, warning or error; got {log_level!r}", code=2)
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("streams").setLevel(level)
    settings = Settings()
    roles = ROLES if role == "all" else (role,)
    run_for_long(_run(settings, roles, attached=attached))


worker.__doc__ = f"{worker.__doc__}\n{EXAMPLES}"


class _Attached(asyncio.Protocol):
    """Waits for the end of standard input."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended()


async def _run(settings: Settings, roles: tuple[str, ...], *, attached: bool) -> None:
    running = Worker(settings, roles)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.stop)
    if attached:
        await loop.connect_read_pipe(lambda: _Attached(running.stop), sys.stdin)
    await running.run()
    if not running.in_order:
        logging.shutdown()
        os._exit(1)  # clients that wait for Kafka would keep the process
