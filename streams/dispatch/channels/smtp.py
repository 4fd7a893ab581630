"""Actions as e-mails, through a mail server."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Callable
from email.headerregistry import Address
from pathlib import Path
from typing import Literal

import aiosmtplib
from aiosmtplib import SMTPDataError, SMTPRecipientRefused, SMTPResponseException

from streams.clock import now as wall_clock
from streams.dispatch.channels.address import is_loopback_host
from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.letter import is_address, letter, read_sender
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome

Security = Literal["starttls", "tls", "none"]

PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
# Replies of these classes are refusals: for now, and for good (RFC 5321, section 4.2.1).
TRANSIENT, PERMANENT = 400, 500
NO_MAILBOX = frozenset({550, 551, 553})
GOODBYE_S = 1.0
_STATUS = re.compile(r"\d\.\d{1,3}\.\d{1,3}")


class SmtpChannel:
    """Sends each action as a plain-text e-mail of its own, over a connection of its own.

    A mail server does not recognise a repeat. What ends before the text was handed over was
    certainly not sent and is tried again; from then on only the server's word counts, and without
    it the outcome is unknown [1]_.

    Parameters
    ----------
    host, port
        The mail server; port 0 takes the usual one.
    security
        ``starttls`` and ``tls`` check the server's certificate; ``none`` is for this machine, or
        where `allow_private` is set.
    sender, reply_to
        An address, or ``Name <address>``.
    username, password
        Login, where the server wants one.
    ca_file
        Certificates (PEM) from which the server's must follow; the system's where there is none.
    timeout_s
        Seconds for the whole call.
    now
        Wall clock.

    Raises
    ------
    ValueError
        When one of them cannot be used.

    References
    ----------
    .. [1] RFC 5321, section 4.2.5: the server is responsible from its answer to the text on.
    """

    recognises_repeats = False

    def __init__(
        self,
        name: str,
        host: str,
        limits: Limits,
        *,
        sender: str,
        port: int = 0,
        security: Security = "starttls",
        username: str = "",
        password: str = "",
        reply_to: str = "",
        ca_file: Path | None = None,
        timeout_s: float = 5.0,
        allow_private: bool = False,
        now: Callable[[], float] = wall_clock,
    ) -> None:
        if not host:
            msg = "host must name a mail server; got none"
            raise ValueError(msg)
        if security == "none" and not (allow_private or is_loopback_host(host)):
            msg = (
                "security must be starttls or tls, because the e-mail holds customer data; got "
                f"none for {host}"
            )
            raise ValueError(msg)
        if bool(username) != bool(password):
            msg = "username and password belong together; got one of them"
            raise ValueError(msg)
        self.name = name
        self.limits = limits
        self._host = host
        self._port = port or PORTS[security]
        self._security = security
        self._login = (username, password) if username else (None, None)
        self._sender = _address("sender", sender)
        self._reply_to = _address("reply_to", reply_to) if reply_to else None
        self._context = None if security == "none" else _context(ca_file)
        self._timeout_s = timeout_s
        self._now = now

    async def send(self, entry: Entry) -> Outcome:
        """Send one e-mail and return what the server said."""
        if not is_address(entry.contact_point):
            return Outcome("failed", "the contact point must be an e-mail address; it is none")
        text = letter(entry, self._sender, self._reply_to, self._now()).as_bytes()
        call = _Call(self._client())
        return await call.make(self._sender.addr_spec, entry.contact_point, text, self._timeout_s)

    async def close(self) -> None:
        """Nothing is open between calls."""

    def _client(self) -> aiosmtplib.SMTP:
        username, password = self._login
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=username,
            password=password,
            # Asked of the network otherwise, which may take its time.
            local_hostname=self._sender.domain,
            timeout=self._timeout_s,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            tls_context=self._context,
        )


class _Call:
    """One e-mail under way, and how far it has come."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client
        self._handed_over = False

    async def make(self, sender: str, recipient: str, text: bytes, timeout_s: float) -> Outcome:
        try:
            async with asyncio.timeout(timeout_s):
                await self._deliver(sender, recipient, text)
        except SMTPResponseException as error:
            return self._judge(error)
        except TimeoutError:
            if self._handed_over:
                return Outcome("unknown", f"no answer within {timeout_s:g} s")
            return Outcome("retry", f"the mail server was too slow: {timeout_s:g} s")
        except (aiosmtplib.SMTPException, OSError) as error:
            kind = _kind(error)
            if self._handed_over:
                return Outcome("unknown", f"no answer: {kind}")
            return Outcome("retry", f"no mail server to hand it to: {kind}")
        else:
            return Outcome("accepted")
        finally:
            self._client.close()

    async def _deliver(self, sender: str, recipient: str, text: bytes) -> None:
        await self._client.connect()
        await self._client.mail(sender)
        await self._client.rcpt(recipient)
        self._handed_over = True
        await self._client.data(text)
        with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await self._client.quit(timeout=GOODBYE_S)  # it has taken it; the rest is courtesy

    def _judge(self, error: SMTPResponseException) -> Outcome:
        # Only the code: what servers write may repeat the address.
        said = f"SMTP {error.code}"
        is_about_it = isinstance(error, SMTPDataError | SMTPRecipientRefused)
        if self._handed_over and not (is_about_it and error.code >= TRANSIENT):
            return Outcome("unknown", said)  # neither yes nor no
        if is_about_it and error.code >= PERMANENT:
            return Outcome("failed", f"hard bounce: {said}" if _is_no_address(error) else said)
        # A login or sender that is refused is no fault of the action: it waits for its mending.
        return Outcome("retry", said)


def _address(field: str, text: str) -> Address:
    try:
        return read_sender(text)
    except ValueError as error:
        msg = f"{field} {error}"
        raise ValueError(msg) from None


def _context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # SSLError is one
        msg = f"ca_file must hold PEM certificates; got {error} for {str(ca_file)!r}"
        raise ValueError(msg) from None


def _is_no_address(error: SMTPResponseException) -> bool:
    """Whether the recipient's address itself was refused (RFC 3463, class 5.1.x)."""
    if (status := _STATUS.match(error.message)) is not None:
        return status[0].startswith("5.1.")
    return isinstance(error, SMTPRecipientRefused) and error.code in NO_MAILBOX


def _kind(error: Exception) -> str:
    """Return the class of what went wrong: its text may hold an address."""
    return type(error.__cause__ or error).__name__
