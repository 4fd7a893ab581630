"""``precede api``: other systems ask whether they may contact a customer."""

import asyncio
import logging
import signal
from typing import Annotated

import typer

from streams.cli.examples import examples
from streams.cli.output import console
from streams.kafka.topics import create_topics
from streams.may_contact.api import PATH, MayContact
from streams.process import run_for_long
from streams.settings import Settings

TOKEN = "a-token-of-24-characters"
QUESTION = (
    '{"customer": "c-42", "system": "campaigns", "channel": "email", "class": "promotional", '
    '"topic": "savings", "reserve": true}'
)


@examples(
    f'PRECEDE_API_TOKENS=\'{{"campaigns": "{TOKEN}"}}\' precede api',
    f"curl -H 'Authorization: Bearer {TOKEN}' http://127.0.0.1:9465{PATH} -d '{QUESTION}'",
)
def api(
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Answer POST /v1/may-contact with the gates that Precede's own actions pass.

    The answer: allowed, reason, detail, retry_at (the first moment at which, as far as is known
    now, it will be allowed) and request. `reserve` makes an allowed contact count at once, in caps,
    topics and cool-downs; a system that reserves must not report the same contact once more as
    contact.outbound. Questions go through the log, so engine and normalise workers must run;
    without an answer in time the status is 503. It does not run without PRECEDE_API_TOKENS.
    """
    level = logging.getLevelNamesMapping().get(log_level.upper(), logging.INFO)
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run_for_long(_run(Settings()))


async def _run(settings: Settings) -> None:
    server = MayContact(settings)
    await create_topics(settings)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        await server.start()
        console.print(f"answering {server.url}{PATH}", highlight=False, soft_wrap=True)
        await stopped.wait()
    finally:
        await server.stop()
