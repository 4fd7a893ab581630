"""One HTTP POST and what its answer means, for the channels that speak HTTP."""

import contextlib
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import aiohttp

from streams.clock import now as wall_clock
from streams.dispatch.channels.address import (
    AddressRefusedError,
    guarded_sockets,
    is_loopback_host,
)
from streams.dispatch.channels.retry_after import retry_after_s
from streams.dispatch.outcome import Outcome

# The answer's body says nothing that dispatch uses; it is read so that the connection can serve
# the next call, and a longer one costs the connection.
MAX_ANSWER_BYTES = 16 * 1024
# Not taken, and worth another try although the class says otherwise (RFC 9110, RFC 8470, RFC 6585).
TRY_AGAIN = frozenset({408, 425, 429, 503})


class HttpPost:
    """Posts to one URL. Redirects are not followed, proxies and cookies not used.

    Parameters
    ----------
    url
        Target. https, unless its host is this machine or `allow_private` is set.
    timeout_s
        Seconds for the whole call.
    allow_private
        Whether the target may lie in a private network.
    now
        Wall clock.

    Raises
    ------
    ValueError
        When the url cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 5.0,
        allow_private: bool = False,
        now: Callable[[], float] = wall_clock,
    ) -> None:
        self._url = url
        self._host = _checked_host(url, allow_private=allow_private)
        self._timeout_s = timeout_s
        self._allow_private = allow_private
        self._now = now
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post once and return what came of it."""
        try:
            async with self._opened().post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as response:
                outcome = self._judge(response)
                await _drain(response)
                return outcome
        except aiohttp.ConnectionTimeoutError:
            return Outcome("retry", f"no connection within {self._timeout_s:g} s")
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, AddressRefusedError):
                return Outcome("parked", str(error.os_error))
            return Outcome("retry", f"no connection: {type(error.os_error).__name__}")
        except TimeoutError:
            return Outcome("unknown", f"no answer within {self._timeout_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return Outcome("unknown", f"no readable answer: {type(error).__name__}")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,  # dispatch limits the calls, by `Limits.concurrency`
                socket_factory=guarded_sockets(self._host, private=self._allow_private),
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._timeout_s, sock_connect=self._timeout_s),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _judge(self, response: aiohttp.ClientResponse) -> Outcome:
        status = response.status
        asked_s = retry_after_s(response.headers.get("retry-after"), self._now())
        said = f"HTTP {status}"
        if 200 <= status < 300:  # noqa: PLR2004 -- classes of RFC 9110
            return Outcome("accepted")
        if status in TRY_AGAIN:
            return Outcome("retry", said, retry_after_s=asked_s)
        if 300 <= status < 400:  # noqa: PLR2004
            return Outcome("failed", f"{said}: redirects are not followed; configure the target")
        if 400 <= status < 500:  # noqa: PLR2004
            return Outcome("failed", said)
        return Outcome("unknown", said, retry_after_s=asked_s)


async def _drain(response: aiohttp.ClientResponse) -> None:
    read = 0
    with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
        while read <= MAX_ANSWER_BYTES and (part := await response.content.readany()):
            read += len(part)
        if read <= MAX_ANSWER_BYTES:
            return
    response.close()  # what is left of the answer goes with the connection


def _checked_host(url: str, *, allow_private: bool) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        msg = f"url must be https://host/path without a user; got {parts.scheme}://{host}"
        raise ValueError(msg)
    if parts.scheme == "http" and not (allow_private or is_loopback_host(host)):
        msg = f"url must be https, because the action holds customer data; got http://{host}"
        raise ValueError(msg)
    return host
