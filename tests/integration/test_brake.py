"""Customers opt out: the rule is braked in every partition, through the log, until released."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from detectors.event import Event, encode_event
from rules.playbook.loader import load
from streams.cli.main import app
from streams.clock import now
from streams.settings import Settings
from streams.sources.release import braked
from tests.integration.conftest import MakeSettings
from tests.integration.workers import Site, site, until
from tests.rules.playbook.texts import replaced

RULE = "call-back-soon"
BOOK = replaced("topic: calls\n", "topic: calls\n    holdout: 20\n")


def gave_up(customer: str) -> Event:
    data = {"call": f"k-{customer}", "direction": "inbound", "topic": "regular", "wait_s": 30.0}
    return Event(f"{customer}-gave-up", "bank", "contact.abandoned", now(), customer, data)


def opted_out(decision: dict[str, Any]) -> Event:
    customer = decision["data"]["customer"]
    data = {"action_id": decision["data"]["action_id"], "rule": RULE}
    return Event(f"{customer}-out", "crm", "action.opted_out", now(), customer, data)


async def tell(place: Site, *events: Event) -> None:
    async with AIOKafkaProducer(**place.options) as producer:
        for event in events:
            await producer.send(
                place.topics.raw_events, encode_event(event), event.customer.encode()
            )


async def decisions(place: Site, at_least: int) -> list[dict[str, Any]]:
    """Return all decisions as soon as there are so many."""
    found: list[dict[str, Any]] = []

    async def are_there() -> bool:
        found[:] = await place.read_all("decisions")
        return len(found) >= at_least

    await until(are_there, f"{at_least} decisions")
    return found


async def command(settings: Settings, *words: str) -> Result:
    """Run a command beside the worker."""
    runner = CliRunner(
        env={
            "PRECEDE_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "PRECEDE_TOPIC_PREFIX": settings.topic_prefix,
            "PRECEDE_PARTITIONS": str(settings.partitions),
            "COLUMNS": "120",
        }
    )
    return await asyncio.to_thread(runner.invoke, app, list(words))


def test_opt_outs_brake_a_rule_until_somebody_releases_it(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(lateness_s=0.5, partitions=2), tmp_path, clock="live") as place:
            await place.publish(load(BOOK), BOOK)
            with place.worker() as worker:
                await worker.ready()
                await place.in_force()
                await tell(place, *(gave_up(f"c-{n}") for n in range(120)))
                made = await decisions(place, 120)
                sent = [each for each in made if each["data"]["reason"] == "sent"]
                assert Counter(each["data"]["reason"] for each in made).keys() == {"sent", "ghost"}
                await tell(place, *(opted_out(each) for each in sent[:20]))

                async def is_braked() -> bool:
                    return RULE in await braked(place.settings)

                await until(is_braked, "the rule is braked")
                told = await command(place.settings, "brake", "list", "--json")
                assert orjson.loads(told.stdout)["braked"][0]["rule"] == RULE, told.output
                # Two customers of different partitions: it stands in both.
                await tell(place, gave_up("later-1"), gave_up("later-2"), gave_up("later-3"))
                after = await decisions(place, 123)
                found = {
                    each["origin"]["partition"]: each["reason"]
                    for each in (one["data"] for one in after)
                    if each["customer"].startswith("later")
                }
                assert found == {0: "brake", 1: "brake"}

                wrong = await command(
                    place.settings, "brake", "release", "another", "--reason", "r"
                )
                assert (wrong.exit_code, f"these are: {RULE}" in wrong.output) == (1, True)
                released = await command(
                    place.settings, "brake", "release", RULE, "--reason", "new wording"
                )
                assert released.exit_code == 0, released.output

                async def is_released() -> bool:
                    return RULE not in await braked(place.settings)

                await until(is_released, "the rule is released")
                await tell(place, gave_up("last-1"), gave_up("last-2"))
                reasons = {
                    each["data"]["reason"]
                    for each in await decisions(place, 125)
                    if each["data"]["customer"].startswith("last")
                }
                assert reasons <= {"sent", "ghost"}
                await worker.stop()

            report = await place.verify()
            assert report.equal, "\n".join(report.differences)
            told = await command(
                place.settings, "scorecard", "--from", place.settings.topic_prefix, "--json"
            )
            assert told.exit_code == 0, told.output
            card = orjson.loads(told.stdout)["rules"][RULE]
            assert card["treated"] + card["holdout"] == 122
            assert (card["candidates"]["brake"], card["open"]) == (3, 122)
            assert card["answers"]["opted_out"]["hits"] == 20

    asyncio.run(scenario())
