"""The other side of a webhook, for demonstrations and tests."""

from collections import OrderedDict, deque
from pathlib import Path
from typing import Any, Self

import orjson
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

PATH = "/actions"
MAX_BODY_BYTES = 1024 * 1024
MAX_KEYS = 100_000  # remembered for recognising repeats; the oldest are forgotten


class Receiver:
    """A small HTTP server that takes signed actions, each key once.

    Use it as an asynchronous context manager; it listens while that is open.

    Parameters
    ----------
    secret
        Key of the signature, as the channel has it.
    host, port
        Where to listen; port 0 takes a free one.
    newest
        How many of the newest actions `summary` shows.
    log_file
        Gets one JSON line per request; None for none.
    """

    def __init__(
        self,
        secret: str,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        newest: int = 20,
        log_file: Path | None = None,
    ) -> None:
        self.received = 0
        self.duplicates = 0
        self.bad_signature = 0
        self.unreadable = 0
        self._verifier = Webhook(secret)
        self._host = host
        self._port = port
        self._newest: deque[dict[str, Any]] = deque(maxlen=newest)
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._log_file = log_file
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self._port}{PATH}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post(PATH, self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def summary(self) -> dict[str, Any]:
        """Return what arrived: counts, and the newest actions, the newest last."""
        return {
            "received": self.received,
            "duplicates": self.duplicates,
            "bad_signature": self.bad_signature,
            "unreadable": self.unreadable,
            "newest": list(self._newest),
        }

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            self._verifier.verify(body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError):  # ValueError: not base64, not UTF-8
            self.bad_signature += 1
            return self._answer(401, "bad_signature", None)
        try:
            action = orjson.loads(body)
            data = dict(action["data"])
        except (ValueError, KeyError, TypeError):
            self.unreadable += 1
            return self._answer(400, "unreadable", None)
        key = request.headers.get("idempotency-key") or request.headers["webhook-id"]
        if key in self._keys:
            self.duplicates += 1
            return self._answer(200, "duplicate", action)
        self._keys[key] = None
        if len(self._keys) > MAX_KEYS:
            self._keys.popitem(last=False)
        self.received += 1
        self._newest.append(data)
        return self._answer(200, "accepted", action)

    def _answer(self, status: int, result: str, action: Any) -> web.Response:
        if self._log_file is not None:
            line = orjson.dumps({"result": result, "action": action}) + b"\n"
            _append(self._log_file, line)
        body = orjson.dumps({"result": result})
        return web.Response(status=status, body=body, content_type="application/json")


def _append(path: Path, line: bytes) -> None:
    # One write of a file opened for appending: lines of different processes do not mix.
    with path.open("ab", buffering=0) as file:
        file.write(line)
