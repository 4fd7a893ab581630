"""``precede demo``: the whole product on one machine, on a real month."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated, Any

import typer

import rules.playbook
from streams.cli.output import console, fail, print_json
from streams.cli.replay import speed_of
from streams.demo.run import run_demo
from streams.demo.view import summary_table
from streams.kafka.error import KafkaSetupError
from streams.settings import Settings
from streams.sources.bank_calls.reader import JANUARY

DEFAULT_PLAYBOOK = Path(rules.playbook.__file__).parent / "default"
DEFAULT_SPEED = "24000"  # a month in less than two minutes


def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the summary.")] = False,
    file: Annotated[
        Path, typer.Option(help="Another month, plain or gzipped.", exists=True, dir_okay=False)
    ] = JANUARY,
    speed: Annotated[str, typer.Option(metavar="max|N", help="Times real time.")] = DEFAULT_SPEED,
) -> None:
    """Replay a real month of a bank's calls through Kafka, Faust and River to actions.

    Starts an Apache Kafka of its own (or uses PRECEDE_BOOTSTRAP_SERVERS), a worker, and a small
    receiver as the other side of the webhook; shows what happens; stops everything it started.
    With --once the last line of the output is the summary as one JSON object.

    For example:

      precede demo                     # serve until Ctrl-C

      precede demo --once --speed max

      precede demo --file october.txt.gz
    """
    summaries: list[dict[str, Any]] = []
    try:
        asyncio.run(_demo(file, speed_of(speed), once=once, finished=summaries.append))
    except KafkaSetupError as error:
        fail(str(error))
    except (RuntimeError, OSError) as error:
        fail(str(error))
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("stopped")
        raise typer.Exit(0 if summaries else 130) from None


async def _demo(file: Path, speed: float, *, once: bool, finished: Any) -> None:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Cancelled, not killed: everything that was started is stopped again.
        loop.add_signal_handler(number, lambda: task and task.cancel())

    def show(summary: dict[str, Any]) -> None:
        finished(summary)
        if once:
            print_json(summary)
        else:
            console.print(summary_table(summary))

    await run_demo(file, DEFAULT_PLAYBOOK, speed, Settings(), console, once=once, finished=show)
