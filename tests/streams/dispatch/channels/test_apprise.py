"""Messages through Apprise to a real HTTP server on loopback."""

import asyncio
import logging
import threading
from typing import Any

import pytest
from aiohttp import web

from streams.dispatch.channels import apprise
from streams.dispatch.channels.apprise import AppriseChannel
from streams.dispatch.channels.client import Limits
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome
from tests.streams.dispatch.http_server import Handler, raw_server, server
from tests.streams.dispatch.memory import entry

TOKEN = "s3cr3t-t0k3n"


def service(url: str) -> str:
    """Return the JSON service of a server, with a secret and the recipient in its path."""
    return url.replace("http://", f"json://user:{TOKEN}@").replace("/hook", "/{contact_point}/")


def send(handler: Handler, *found: Entry, timeout_s: float = 5.0) -> list[Outcome]:
    async def run() -> list[Outcome]:
        async with server(handler) as url:
            made = AppriseChannel("sms", service(url), Limits(), timeout_s=timeout_s)
            try:
                return await asyncio.gather(*(made.send(each) for each in found or (entry(),)))
            finally:
                await made.close()

    return asyncio.run(run())


def taking(seen: list[tuple[str, Any]]) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append((request.path, await request.json()))
        return web.Response()

    return answer


def answering(status: int) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        return web.Response(status=status)

    return answer


def test_the_recipient_gets_the_text() -> None:
    seen: list[tuple[str, Any]] = []
    found = entry(contact_point="+49 30/555?x=1".replace(" ", ""), text="Звоните нам", subject="Hi")

    assert send(taking(seen), found) == [Outcome("accepted")]
    ((path, body),) = seen
    assert path == "/+4930/555?x=1/"  # one step of the path: nothing of it leads elsewhere
    assert body["message"] == "Звоните нам"
    assert body["title"] == "Hi"


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_refusal_is_unknown_because_apprise_does_not_say_what_happened(status: int) -> None:
    assert send(answering(status)) == [Outcome("unknown", "the service did not take it")]


def test_a_service_that_is_not_there_is_unknown() -> None:
    async def run() -> Outcome:
        made = AppriseChannel("sms", "json://127.0.0.1:1/{contact_point}", Limits())
        try:
            return await made.send(entry())
        finally:
            await made.close()

    assert asyncio.run(run()).kind == "unknown"


def test_a_reset_is_unknown() -> None:
    async def run() -> Outcome:
        async with raw_server(b"\x00 garbage") as url:
            made = AppriseChannel("sms", service(url), Limits())
            try:
                return await made.send(entry())
            finally:
                await made.close()

    assert asyncio.run(run()).kind == "unknown"


def test_it_calls_once_and_never_again_whatever_the_service_asks_for() -> None:
    calls: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        calls.append(request.path)
        return web.Response(status=500)

    async def run() -> Outcome:
        async with server(answer) as url:
            made = AppriseChannel("sms", service(url) + "?retry=3&wait=0", Limits())
            try:
                return await made.send(entry())
            finally:
                await made.close()

    assert asyncio.run(run()).kind == "unknown"
    assert len(calls) == 1


def test_a_slow_service_is_given_up_and_may_have_taken_it() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    assert send(answer, timeout_s=1) == [Outcome("unknown", "no answer within 1 s")]


def test_what_found_no_thread_was_certainly_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "MAX_THREADS", 1)
    calls: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        calls.append(request.path)
        await asyncio.sleep(30)
        return web.Response()

    outcomes = send(answer, entry("a"), entry("b"), timeout_s=1)

    assert [outcome.kind for outcome in outcomes] == ["unknown", "retry"]
    assert not any("phone-b" in path for path in calls)


def test_calls_run_in_threads_of_their_own() -> None:
    names: set[str] = set()

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        names.update(thread.name for thread in threading.enumerate())
        return web.Response()

    send(answer)

    assert any(name.startswith("apprise-sms") for name in names)


@pytest.mark.parametrize("point", ["1, 2", "1;2", "1 2", "a\nb", "x" * 255])
def test_what_is_not_one_recipient_gets_nothing(point: str) -> None:
    seen: list[tuple[str, Any]] = []

    (outcome,) = send(taking(seen), entry(contact_point=point))

    assert outcome.kind == "failed"
    assert seen == []


def test_an_action_without_words_is_not_sent() -> None:
    seen: list[tuple[str, Any]] = []

    (outcome,) = send(taking(seen), entry(text=""))

    assert outcome.kind == "failed"
    assert seen == []


@pytest.mark.parametrize("url", ["", "nothing", f"unheard-of://{TOKEN}@host"])
def test_a_service_that_apprise_does_not_know_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="service must be a URL that Apprise knows") as caught:
        AppriseChannel("sms", url, Limits())

    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "twilio://AC0123456789abcdef0123456789abcdef:0123456789abcdef0123456789abcdef"
        "@15005550006/{contact_point}",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#care",
        "mailto://user:word@mail.example?to={contact_point}",
    ],
)
def test_services_of_other_kinds_are_taken(url: str) -> None:
    asyncio.run(AppriseChannel("sms", url, Limits()).close())


@pytest.mark.parametrize("status", [200, 500])
def test_neither_secrets_nor_recipients_nor_texts_are_logged(
    caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)

    send(answering(status), entry(contact_point="+4930555", text="your new card"))

    for secret in (TOKEN, "4930555", "your new card"):
        assert secret not in caplog.text
