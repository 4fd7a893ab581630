"""Tasks for a CRM that is a real HTTP server on loopback."""

import asyncio
from typing import Any

import orjson
import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.task import TaskChannel
from streams.dispatch.outcome import Outcome
from tests.streams.dispatch.http_server import server
from tests.streams.dispatch.memory import entry

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORM = {
    "ticket.subject": "{topic}: {explanation}",
    "ticket.body": "{text}",
    "ticket.priority": "{pyramid_level}",
    "external_id": "{action_id}",
    "due": "{due_at}",
    "from": "{not_before}",
    "kind": "call-back",
    "note": "until {due_at}",
}


def post(**options: Any) -> tuple[Outcome, dict[str, str], bytes]:
    seen: list[tuple[dict[str, str], bytes]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append((headers, await request.read()))
        return web.Response(status=201)

    async def run() -> Outcome:
        async with server(answer) as url:
            made = TaskChannel("crm", url, FORM, Limits(), **options)
            try:
                return await made.send(entry())
            finally:
                await made.close()

    outcome = asyncio.run(run())
    ((headers, body),) = seen
    return outcome, headers, body


def test_the_receiver_gets_an_object_of_its_own_form() -> None:
    outcome, headers, body = post(headers={"Authorization": "Bearer x"})

    assert outcome == Outcome("accepted")
    assert orjson.loads(body) == {
        "ticket": {
            "subject": "internet: hung up after 3 min",
            "body": "Please call",
            "priority": 2,
        },
        "external_id": "a",
        "due": None,
        "from": "1970-01-12T13:46:40.000000Z",
        "kind": "call-back",
        "note": "until ",
    }
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == "a"
    assert headers["authorization"] == "Bearer x"
    assert "webhook-signature" not in headers


def test_a_task_is_signed_where_a_secret_is_given() -> None:
    _, headers, body = post(secret=SECRET)

    Webhook(SECRET).verify(body, headers)  # the library refuses what is not right


def test_a_receiver_recognises_repeats_only_where_operators_say_so() -> None:
    made = [
        TaskChannel("crm", "https://crm.example/", FORM, Limits(), recognises_repeats=each)
        for each in (False, True)
    ]

    assert [channel.recognises_repeats for channel in made] == [False, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": {}}, "form must say what a task looks like"),
        ({"form": {"a": "{customer.name}"}}, "form must show names of an action"),
        ({"form": {"a": "{text"}}, "braces around names only"),
        ({"form": {"a": "1", "a.b": "2"}}, "must lead to one value; got 'a'"),
        ({"form": {"a..b": "2"}}, "must lead to one value"),
        ({"headers": {"a b": "x"}}, "headers must be further ones"),
        ({"headers": {"Idempotency-Key": "x"}}, "headers must be further ones"),
        ({"headers": {"x": "a secret\r\ny: z"}}, "printable ASCII"),
        ({"secret": "whsec_a"}, "secret must be 'whsec_'"),
        ({"url": "http://crm.example/"}, "url must be https"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_configured(
    options: dict[str, Any], message: str
) -> None:
    usual = {"url": "https://crm.example/", "form": FORM}
    with pytest.raises(ValueError, match=message) as caught:
        TaskChannel("crm", **{**usual, **options}, limits=Limits())

    assert "a secret" not in str(caught.value)
