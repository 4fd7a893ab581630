"""Actions to a webhook: a signed CloudEvent by HTTP POST."""

from collections.abc import Callable
from datetime import UTC, datetime

from streams.clock import now as wall_clock
from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.posting import HttpPost
from streams.dispatch.channels.signature import read_signer
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome
from streams.sources.cloudevents import CONTENT_TYPE


class WebhookChannel:
    """Posts the action as a structured-mode CloudEvent [1]_, signed by Standard Webhooks [2]_.

    ``webhook-id`` and ``Idempotency-Key`` are the action id, the same in each attempt: a receiver
    that remembers it acts once.

    Parameters
    ----------
    url
        Target. https, unless its host is this machine or `allow_private` is set.
    secret
        Key of the signature: ``whsec_`` and base64.
    timeout_s
        Seconds for the whole call.
    allow_private
        Whether the target may lie in a private network.
    now
        Wall clock.

    Raises
    ------
    ValueError
        When url or secret cannot be used.

    References
    ----------
    .. [1] CloudEvents 1.0, HTTP protocol binding, section 3.2.
    .. [2] Standard Webhooks 1.0.0, github.com/standard-webhooks/standard-webhooks.
    """

    recognises_repeats = True  # by Idempotency-Key

    def __init__(
        self,
        name: str,
        url: str,
        secret: str,
        limits: Limits,
        *,
        timeout_s: float = 5.0,
        allow_private: bool = False,
        now: Callable[[], float] = wall_clock,
    ) -> None:
        self.name = name
        self.limits = limits
        self._http = HttpPost(url, timeout_s=timeout_s, allow_private=allow_private, now=now)
        self._signer = read_signer(secret)
        self._now = now

    async def send(self, entry: Entry) -> Outcome:
        """Post once and return what came of it."""
        return await self._http.post(entry.event, self._headers(entry))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _headers(self, entry: Entry) -> dict[str, str]:
        sent_at = datetime.fromtimestamp(int(self._now()), UTC)
        return {
            "content-type": CONTENT_TYPE[1].decode(),
            "idempotency-key": entry.id,
            "user-agent": "precede",
            **self._signer.headers(entry.id, sent_at, entry.event),
        }
