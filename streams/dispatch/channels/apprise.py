"""Actions as text messages, chat messages and push notes, through the services of Apprise."""

import asyncio
import logging
import re
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from urllib.parse import quote

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.plugins.base import NotifyBase

from streams.dispatch.channels.client import Limits
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome

RECIPIENT = "{contact_point}"
LINGER_S = 1.0
MAX_THREADS = 64  # of one channel, for all partitions; there are as many as calls are out
# Printable, and nothing that Apprise takes for two recipients.
_ONE_RECIPIENT = re.compile(r"[^\s,;\x00-\x1f\x7f]{1,254}")
_SAMPLE = "15005550006"  # a number for tests of Twilio; many services take such a recipient
# They write addresses, and URLs with tokens in them.
_TALKATIVE = ("apprise", "urllib3", "requests_oauthlib")


class AppriseChannel:
    """Sends the action's text through one service that Apprise [1]_ knows.

    Apprise says whether a service has taken a message, not whether it may have: each call without
    success is of unknown outcome, and none is repeated. The service is called without the part of
    Apprise that repeats calls by itself.

    Parameters
    ----------
    service
        Apprise's URL with ``{contact_point}`` where the recipient stands; without it all messages
        go to the same place. It holds secrets: neither it nor anything made of it is logged.
    timeout_s
        Seconds for the whole call.

    Raises
    ------
    ValueError
        When Apprise cannot read the service.

    References
    ----------
    .. [1] Apprise, github.com/caronc/apprise.
    """

    recognises_repeats = False

    def __init__(self, name: str, service: str, limits: Limits, *, timeout_s: float = 5.0) -> None:
        for library in _TALKATIVE:
            logging.getLogger(library).setLevel(logging.CRITICAL + 1)
        self.name = name
        self.limits = limits
        self._service = service
        self._timeout_s = timeout_s
        self._asset = AppriseAsset(app_id="precede", async_mode=False)
        # Of its own: what others wait for in threads, such as names of hosts, must not wait here.
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix=f"apprise-{name}")
        with warnings.catch_warnings():
            # The first one makes Apprise import all it has, also what Python is giving up.
            warnings.simplefilter("ignore", DeprecationWarning)
            sample = self._opened(_SAMPLE)
        if sample is None:
            msg = (
                "service must be a URL that Apprise knows, such as "
                f"twilio://SID:TOKEN@FROM/{RECIPIENT}; got one that it does not read"
            )
            raise ValueError(msg)

    async def send(self, entry: Entry) -> Outcome:
        """Send one message and return what Apprise said."""
        if RECIPIENT in self._service and not _ONE_RECIPIENT.fullmatch(entry.contact_point):
            return Outcome("failed", "the contact point must be one recipient; it is not")
        service = self._opened(entry.contact_point)
        if service is None:
            return Outcome("failed", "the contact point is none that the service could take")
        action = entry.action()
        if not action.get("text"):
            return Outcome("failed", "the action must hold a text to send; it holds none")
        notify = partial(
            service.notify,
            body=str(action["text"]),
            title=str(action.get("subject") or ""),
            body_format=NotifyFormat.TEXT,
        )
        call = self._threads.submit(notify)
        return await self._judged(call)

    async def close(self) -> None:
        """Begin no more calls; those that are out end by their own time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _judged(self, call: "Future[bool]") -> Outcome:
        try:
            async with asyncio.timeout(self._timeout_s):
                taken = await asyncio.wrap_future(call)
        except TimeoutError:
            if call.cancel():  # no thread was free: it had not begun
                return Outcome("retry", f"not begun within {self._timeout_s:g} s")
            return Outcome("unknown", f"no answer within {self._timeout_s:g} s")
        except Exception as error:  # a fault of a service's code: it may have sent before
            return Outcome("unknown", f"the service failed: {type(error).__name__}")
        return Outcome("accepted") if taken else Outcome("unknown", "the service did not take it")

    def _opened(self, recipient: str) -> NotifyBase | None:
        url = self._service.replace(RECIPIENT, quote(recipient, safe=""))
        found = Apprise.instantiate(url, asset=self._asset, suppress_exceptions=True)
        if found is None:
            return None
        # Later than our own limit, which decides; it ends the thread.
        found.socket_connect_timeout = found.socket_read_timeout = self._timeout_s + LINGER_S
        return found
