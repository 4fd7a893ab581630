"""``POST /v1/may-contact`` over HTTP."""

import asyncio
import hmac
import logging
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from detectors.event import encode_event, format_time
from streams.clock import now
from streams.kafka.client import client_options
from streams.kafka.topics import Topics
from streams.may_contact.answers import Answers
from streams.may_contact.question import MAX_BODY_BYTES, Question, QuestionError, read_question
from streams.settings import Settings, SettingsError
from streams.sources.cloudevents import CONTENT_TYPE

log = logging.getLogger(__name__)

PATH = "/v1/may-contact"
MIN_TOKEN = 24
"""Characters of a token: what can be guessed is none."""
MAX_WAITING = 1_000
"""Questions under way; more are told to come again."""
HELP = f"""Nothing here. This serves:
POST {PATH}   whether a system may contact a customer
GET /health/ready      200 when questions are answered, 503 until then
"""


class RefusedError(Exception):
    """A request without an answer: its status and why.

    Parameters
    ----------
    headers
        Of the response.
    told
        Further fields of its body.
    """

    def __init__(
        self, status: int, why: str, headers: Mapping[str, str] | None = None, **told: str
    ) -> None:
        super().__init__(why)
        self._status, self._headers = status, headers
        self._body = {"error": why, **told}

    def response(self) -> web.Response:
        """Return it as it is sent."""
        return web.json_response(
            self._body, status=self._status, headers=self._headers, dumps=_dumps
        )


class MayContact:
    """Takes questions of other systems, writes them into the log and waits for their answers.

    Each question is an event of its customer, so the partition that owns the customer answers them
    one after the other, with the gates that actions pass: no cap is exceeded, however many systems
    ask at once.

    Parameters
    ----------
    settings
        ``api_tokens``, ``api_host``, ``api_port`` (0 takes a free one) and ``api_timeout_s``.

    Raises
    ------
    SettingsError
        When it is not configured, a token is too short, or the clock is not live.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tokens = _tokens(settings)
        options, topics = client_options(settings), Topics(settings.topic_prefix)
        self._topic = topics.raw_events
        self._answers = Answers(options, topics.decisions, settings.partitions)
        self._producer = AIOKafkaProducer(
            **options, acks="all", enable_idempotence=True, linger_ms=0
        )
        self._reading: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Serve until `stop`; return when questions are answered.

        Raises
        ------
        SettingsError
            When the address cannot be taken.
        """
        await self._producer.start()
        self._reading = asyncio.create_task(self._answers.follow(), name="answers")
        await self._answers.ready.wait()
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post(PATH, self._serve)
        app.router.add_get("/health/ready", self._serve_ready)
        app.router.add_route("*", "/{path:.*}", _serve_help)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        host, port = self._settings.api_host, self._settings.api_port
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            msg = (
                "PRECEDE_API_HOST and PRECEDE_API_PORT must be a free address of this machine; got "
                f"{host}:{port} ({error.strerror}); stop what uses it or set PRECEDE_API_PORT=0"
            )
            raise SettingsError(msg) from error

    async def stop(self) -> None:
        """Close the server and its connections; harmless when it does not run."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._producer.stop()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        if self._runner is None:
            msg = "the server must be started before its address is read; call start() first"
            raise RuntimeError(msg)
        host, port = self._settings.api_host, self._runner.addresses[0][1]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def ask(self, question: Question) -> dict[str, Any]:
        """Return what the engine answers.

        Raises
        ------
        TimeoutError
            When no answer came within ``api_timeout_s``.
        """
        event = question.event(now())
        with self._answers.expect(event.id) as answer:
            async with asyncio.timeout(self._settings.api_timeout_s):
                await self._producer.send_and_wait(
                    self._topic, key=event.customer.encode(), value=encode_event(event),
                    headers=[CONTENT_TYPE],
                )  # fmt: skip
                return await answer

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            question = await self._read(request)
            answer = await self._answer(question)
        except RefusedError as refused:
            return refused.response()
        return web.json_response(_told(answer), dumps=_dumps)

    async def _read(self, request: web.Request) -> Question:
        system = self._system_of(request)
        if system is None:
            msg = "the header Authorization must hold 'Bearer' and a valid token"
            raise RefusedError(401, msg, {"WWW-Authenticate": "Bearer"})
        try:
            question = read_question(await request.read())
        except web.HTTPRequestEntityTooLarge:
            msg = f"a question has at most {MAX_BODY_BYTES} bytes"
            raise RefusedError(413, msg) from None
        except QuestionError as error:
            raise RefusedError(400, str(error)) from None
        if question.system != system:
            raise RefusedError(403, f"this token is of the system {system!r}; ask in its name")
        return question

    async def _answer(self, question: Question) -> dict[str, Any]:
        if not self._answers.ready.is_set() or self._answers.waiting >= MAX_WAITING:
            raise _later(question, "questions cannot be answered at the moment")
        try:
            return await self.ask(question)
        except TimeoutError:
            within = f"{self._settings.api_timeout_s:g} s"
            raise _later(question, f"the engine must answer within {within}; it did not") from None
        except KafkaError as error:
            log.warning("a question could not be written (%s)", type(error).__name__)
            raise _later(question, "the question could not be written") from None

    def _system_of(self, request: web.Request) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given = token.strip().encode()
        found = None
        for system, expected in self._tokens.items():  # all of them: time tells nothing
            if hmac.compare_digest(given, expected):
                found = system
        return found if scheme.lower() == "bearer" else None

    async def _serve_ready(self, _: web.Request) -> web.Response:
        is_ready = self._answers.ready.is_set()
        said = {"status": "ready" if is_ready else "not ready"}
        return web.json_response(said, status=200 if is_ready else 503)


def _tokens(settings: Settings) -> Mapping[str, bytes]:
    tokens = {system: secret.get_secret_value() for system, secret in settings.api_tokens.items()}
    if not tokens:
        msg = (
            "PRECEDE_API_TOKENS must name the systems that may ask, with a token each; got none; "
            'set it to {"campaigns": "..."}'
        )
        raise SettingsError(msg)
    short = sorted(system for system, token in tokens.items() if len(token) < MIN_TOKEN)
    if short:
        msg = f"PRECEDE_API_TOKENS: a token must have at least {MIN_TOKEN} characters; "
        raise SettingsError(msg + f"that of {', '.join(short)} has fewer; make a longer one")
    if len(set(tokens.values())) < len(tokens):
        msg = "PRECEDE_API_TOKENS: each system must have a token of its own; two share one"
        raise SettingsError(msg)
    if settings.clock != "live":
        msg = (
            "questions need a clock that goes on, PRECEDE_CLOCK=live; got 'log'; it is for replays"
        )
        raise SettingsError(msg)
    return {system: token.encode() for system, token in tokens.items()}


def _told(answer: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: answer[name] for name in ("request", "allowed", "reason", "detail", "reserved")}
    retry_at = answer["retry_at"]
    return {**told, "retry_at": None if retry_at is None else format_time(retry_at)}


def _later(question: Question, why: str) -> RefusedError:
    told = (
        f"{why}; whether a reservation was made is not known: ask again with the same 'request'"
        if question.reserve
        else f"{why}; ask again"
    )
    return RefusedError(503, told, {"Retry-After": "1"}, request=question.request)


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


async def _serve_help(_: web.Request) -> web.Response:
    return web.Response(status=404, text=HELP)
