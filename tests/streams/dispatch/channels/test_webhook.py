"""The webhook against a real HTTP server on loopback that behaves as badly as servers do."""

import asyncio
import base64
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from detectors.event import decode_event
from streams.clock import now
from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.posting import MAX_ANSWER_BYTES
from streams.dispatch.channels.webhook import WebhookChannel
from streams.dispatch.outcome import Outcome
from tests.streams.dispatch.http_server import Handler, raw_server, server
from tests.streams.dispatch.memory import entry

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def channel(url: str, *, timeout_s: float = 5.0, allow_private: bool = False) -> WebhookChannel:
    return WebhookChannel(
        "crm", url, SECRET, Limits(), timeout_s=timeout_s, allow_private=allow_private
    )


def send(handler: Handler, *, times: int = 1, timeout_s: float = 5.0) -> list[Outcome]:
    async def run() -> list[Outcome]:
        async with server(handler) as url:
            made = channel(url, timeout_s=timeout_s)
            try:
                return [await made.send(entry()) for _ in range(times)]
            finally:
                await made.close()

    return asyncio.run(run())


def send_to(url: str, *, timeout_s: float = 5.0, allow_private: bool = False) -> Outcome:
    async def run() -> Outcome:
        made = channel(url, timeout_s=timeout_s, allow_private=allow_private)
        try:
            return await made.send(entry())
        finally:
            await made.close()

    return asyncio.run(run())


def answering(status: int, headers: dict[str, str] | None = None) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        return web.Response(status=status, headers=headers)

    return answer


def test_the_other_side_gets_a_signed_cloudevent_under_the_action_id() -> None:
    seen: list[tuple[dict[str, str], bytes]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.method == "POST"
        seen.append((_lower(request), await request.read()))
        return web.Response(status=204)

    assert send(answer, times=2) == [Outcome("accepted")] * 2
    for headers, body in seen:
        Webhook(SECRET).verify(body, headers)  # the library refuses what is not right
        assert headers["content-type"] == "application/cloudevents+json; charset=UTF-8"
        assert headers["idempotency-key"] == headers["webhook-id"] == "a"
        assert abs(int(headers["webhook-timestamp"]) - now()) < 60
        event = decode_event(body)
        assert (event.type, event.customer) == ("precede.action", "customer-a")
        assert event.data["text"] == "Please call"
    assert seen[0][1] == seen[1][1]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "accepted"),
        (202, "accepted"),
        (299, "accepted"),
        (400, "failed"),
        (401, "failed"),
        (409, "failed"),
        (410, "failed"),
        (408, "retry"),
        (425, "retry"),
        (429, "retry"),
        (503, "retry"),
        (500, "unknown"),  # it may have been taken before the server failed
        (504, "unknown"),
    ],
)
def test_the_status_decides(status: int, kind: str) -> None:
    (outcome,) = send(answering(status))

    assert outcome.kind == kind
    assert outcome.reason == ("" if kind == "accepted" else f"HTTP {status}")


@pytest.mark.parametrize("status", [429, 503, 500])
def test_retry_after_in_seconds_is_passed_on(status: int) -> None:
    (outcome,) = send(answering(status, {"retry-after": "7"}))

    assert outcome.retry_after_s == 7


def test_retry_after_as_a_date_is_passed_on() -> None:
    later = format_datetime(datetime.fromtimestamp(int(now()) + 100, UTC), usegmt=True)
    (outcome,) = send(answering(429, {"retry-after": later}))

    assert outcome.retry_after_s == pytest.approx(100, abs=10)


def test_a_redirect_is_not_followed() -> None:
    paths: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        paths.append(request.path)
        return web.Response(status=307, headers={"location": "/elsewhere"})

    (outcome,) = send(answer)

    assert outcome.kind == "failed"
    assert "redirects are not followed" in outcome.reason
    assert paths == ["/hook"]


def test_a_slow_server_is_given_up_and_may_have_taken_it() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    (outcome,) = send(answer, timeout_s=0.1)

    assert outcome == Outcome("unknown", "no answer within 0.1 s")


def test_a_server_that_answers_and_then_trickles_has_accepted() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await asyncio.sleep(30)
        return response

    (outcome,) = send(answer, timeout_s=0.2)

    assert outcome.kind == "accepted"


def test_a_huge_answer_is_not_read() -> None:
    written = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        while written < 1000 * MAX_ANSWER_BYTES:
            await response.write(b"x" * MAX_ANSWER_BYTES)
            written += MAX_ANSWER_BYTES
        return response

    (outcome,) = send(answer)

    assert outcome.kind == "accepted"
    assert written < 1000 * MAX_ANSWER_BYTES


def test_a_short_answer_leaves_the_connection_for_the_next_call() -> None:
    ports = set()

    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.json_response({"result": "thank you"})

    send(answer, times=3)

    assert len(ports) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 20",
        b"\x00\xff garbage \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 2000 Fine\r\n\r\n",
    ],
)
def test_a_reset_or_garbage_means_that_nobody_knows(answer: bytes) -> None:
    async def run() -> Outcome:
        async with raw_server(answer) as url:
            made = channel(url)
            try:
                return await made.send(entry())
            finally:
                await made.close()

    outcome = asyncio.run(run())

    assert outcome.kind == "unknown"
    assert outcome.reason.startswith("no readable answer")


def test_a_refused_connection_was_certainly_not_taken(unused_port: int) -> None:
    outcome = send_to(f"http://127.0.0.1:{unused_port}/")

    assert outcome == Outcome("retry", "no connection: ConnectionRefusedError")


def test_a_server_without_a_valid_certificate_gets_nothing() -> None:
    called: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        called.append(request.path)
        return web.Response()

    async def run() -> Outcome:
        async with server(answer) as url:
            made = channel(url.replace("http:", "https:"))
            try:
                return await made.send(entry())
            finally:
                await made.close()

    assert asyncio.run(run()).kind == "retry"
    assert called == []


@pytest.mark.parametrize(
    "url", ["https://10.1.2.3/", "https://169.254.169.254/latest", "https://[fe80::1]/"]
)
def test_a_private_address_is_refused_and_the_action_parked(url: str) -> None:
    outcome = send_to(url)

    assert outcome.kind == "parked"
    assert "allow_private" in outcome.reason


def test_a_public_name_that_leads_to_this_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        called.append(request.path)
        return web.Response()

    async def resolve(*_: object, **__: object) -> list[dict[str, object]]:
        await asyncio.sleep(0)
        return [
            {"hostname": "h", "host": host, "port": port[0], "family": 2, "proto": 0, "flags": 0}
            for host in ("127.0.0.1", "10.0.0.1")
        ]

    port: list[int] = []
    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    monkeypatch.setattr("aiohttp.connector.DefaultResolver.resolve", resolve)

    async def run() -> Outcome:
        async with server(answer) as url:
            port.append(int(url.split(":")[2].split("/")[0]))
            made = channel(f"https://hooks.example:{port[0]}/")
            try:
                return await made.send(entry())
            finally:
                await made.close()

    outcome = asyncio.run(run())

    assert outcome.kind == "parked"
    assert outcome.reason.startswith("hooks.example must lead to a public address")
    assert called == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://hooks.example/", "url must be https"),
        ("http://10.0.0.1/", "url must be https"),
        ("ftp://hooks.example/", "url must be https://host/path"),
        ("https:///path", "url must be https://host/path"),
        ("https://user:word@hooks.example/", "without a user"),
        ("", "url must be https://host/path"),
    ],
)
def test_an_unsafe_target_is_refused_when_it_is_configured(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        channel(url)


def test_a_private_target_may_be_reached_without_tls_where_operators_allow_it() -> None:
    channel("http://10.0.0.1/", allow_private=True)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a"])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="secret must be 'whsec_' and base64"):
        WebhookChannel("crm", "https://hooks.example/", secret, Limits())


@pytest.fixture
def unused_port() -> int:
    async def find() -> int:
        listening = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port: int = listening.sockets[0].getsockname()[1]
        listening.close()
        await listening.wait_closed()
        return port

    return asyncio.run(find())


def _lower(request: web.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
