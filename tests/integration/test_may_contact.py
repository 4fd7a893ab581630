"""Other systems ask over HTTP, many at once; the engine answers through the log."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rules.playbook.loader import load
from rules.reservation import REQUESTED
from streams.may_contact.api import PATH, MayContact
from streams.settings import Settings, SettingsError
from tests.integration.conftest import MakeSettings
from tests.integration.workers import Site, site, until
from tests.rules.playbook.texts import PLAYBOOK, texts

TOKENS = {"campaigns": "token-of-campaigns-0123456789", "collections": "token-of-the-collectors-1"}
CAP = 2
CUSTOMERS = 5
GATES = f"gates: {{contact_window: 1s, caps: [{{id: a-day, max: {CAP}, window: 1d}}]}}"


def asked(**changes: Any) -> dict[str, Any]:
    question = {
        "customer": "c-1", "system": "campaigns", "channel": "email", "class": "service",
        "topic": "savings",
    }  # fmt: skip
    return question | changes


class Asker:
    """A system that asks."""

    def __init__(self, client: aiohttp.ClientSession, url: str) -> None:
        self.client, self.url = client, url + PATH

    async def post(self, body: Any, token: str | None = "") -> tuple[int, dict[str, Any]]:
        """Return status and answer; without a token the one of the system is taken."""
        headers = {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token or TOKENS[body['system']]}"
        data = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.client.post(self.url, headers=headers, **data) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def api(place: Site, **values: object) -> AsyncIterator[Asker]:
    own = {"api_tokens": TOKENS, "api_port": 0, "api_timeout_s": 20.0, **values}
    settings = Settings.model_validate({**place.settings.model_dump(), **own})
    server = MayContact(settings)
    try:
        await server.start()
        async with aiohttp.ClientSession() as client:
            yield Asker(client, server.url)
    finally:
        await server.stop()


async def adopt(place: Site) -> None:
    files = texts(playbook=PLAYBOOK.replace("gates: {}", GATES))
    await place.publish(load(files), files)


async def holds_question(place: Site) -> bool:
    """Whether a question stands before whatever is published from now on."""
    return REQUESTED in {event["type"] for event in await place.read_all("interactions")}


def test_no_cap_is_exceeded_however_many_ask_at_once(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(), tmp_path, clock="live") as place:
            await adopt(place)
            with place.worker() as worker:
                await worker.ready()
                await place.in_force()
                async with api(place) as first, api(place) as second:
                    questions = [
                        asked(
                            customer=f"c-{number % CUSTOMERS}",
                            system=("campaigns", "collections")[number % 2],
                            topic=f"topic-{number}",
                            reserve=True,
                        )
                        for number in range(200)
                    ]
                    answers = await asyncio.gather(
                        *(
                            (first if number % 3 else second).post(question)
                            for number, question in enumerate(questions)
                        )
                    )
                    looked = [await first.post(asked(topic="other", reserve=False))]
                await worker.stop()

            assert {status for status, _ in answers} == {200}
            allowed = Counter(
                question["customer"]
                for question, (_, answer) in zip(questions, answers, strict=True)
                if answer["allowed"]
            )
            assert allowed == {f"c-{number}": CAP for number in range(CUSTOMERS)}
            assert {answer["reason"] for _, answer in answers} == {"allowed", "cap"}
            assert all(answer["retry_at"] for _, answer in answers if not answer["allowed"])
            [(status, look)] = looked
            assert (status, look["allowed"], look["reserved"]) == (200, False, False)

            told = await place.read_all("decisions")
            assert {event["type"] for event in told} == {"precede.answer"}
            assert len(told) == len(questions) + 1
            report = await place.verify()
            assert report.equal, "\n".join(report.differences)

    asyncio.run(scenario())


def test_who_may_not_ask_is_refused_and_who_gets_no_answer_is_told(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(partitions=1), tmp_path, clock="live") as place:
            async with api(place, api_timeout_s=0.5) as desk:
                for body, token, status, told in (
                    (asked(), None, 401, "Authorization"),
                    (asked(), "token-of-nobody-at-all-012345", 401, "Authorization"),
                    (asked(), TOKENS["collections"], 403, "of the system 'collections'"),
                    (asked(customer="call:7"), "", 400, "known customer"),
                    (b"{", TOKENS["campaigns"], 400, "must be JSON"),
                    (b" " * 20_000, TOKENS["campaigns"], 413, "at most 16384 bytes"),
                ):
                    got, answer = await desk.post(body, token)
                    assert got == status, answer
                    assert told in answer["error"]
                async with desk.client.get(desk.url) as nothing:
                    assert nothing.status == 404
                    assert PATH in await nothing.text()
                ready = desk.url.removesuffix(PATH) + "/health/ready"
                async with desk.client.get(ready) as well:
                    assert well.status == 200

                # No worker runs: the question stands in the log, but nobody answers it.
                status, unheard = await desk.post(asked(reserve=True, request="r-1"))
                assert status == 503
                assert unheard["request"] == "r-1"
                assert "ask again with the same 'request'" in unheard["error"]

            with place.worker(role="normalise") as passing:
                await until(partial(holds_question, place), "the question is passed on")
                await adopt(place)
                await place.in_force()
                await passing.stop()
            with place.worker() as worker:
                await worker.ready()
                async with api(place) as desk:
                    # It was asked before a playbook was in force, and so not reserved; now it is,
                    # once, however often it is asked.
                    again = [await desk.post(asked(reserve=True, request="r-1")) for _ in range(3)]
                    last = await desk.post(asked(reserve=True, topic="x", request="r-2"))
                    over = await desk.post(asked(reserve=True, topic="y", request="r-3"))
                await worker.stop()
            assert [(status, answer["reserved"]) for status, answer in again] == [(200, True)] * 3
            assert (last[1]["reason"], over[1]["reason"]) == ("allowed", "cap")
            answers = await place.read_all("decisions")
            assert [each["data"]["reason"] for each in answers][:2] == ["error", "allowed"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"api_tokens": {}}, "PRECEDE_API_TOKENS must name the systems"),
        ({"api_tokens": {"campaigns": "short"}}, "at least 24 characters; that of campaigns"),
        ({"api_tokens": {"a": "t" * 24, "b": "t" * 24}}, "a token of its own; two share one"),
        ({"api_tokens": TOKENS, "clock": "log"}, "a clock that goes on"),
    ],
)
def test_it_does_not_run_half_configured(values: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        MayContact(Settings.model_validate({"bootstrap_servers": "localhost:1", **values}))
