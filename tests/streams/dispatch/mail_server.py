"""A real mail server on loopback that keeps what it takes, and fails where a test says so."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.streams.dispatch.desk import settle_down

PEM = Path(__file__).parent / "channels" / "localhost.pem"
"""Certificate and key of ``localhost`` and 127.0.0.1, its own authority."""


@dataclass
class Mailbox:
    """What a server took.

    Parameters
    ----------
    rcpt, data
        What it answers to a recipient and to a text; a text is kept if its answer begins with 2.
    silent
        Whether it keeps the text and then drops the connection instead of answering.
    password
        What a login needs; empty: no login.
    before, after
        Awaited before it keeps a text, and before it answers.
    """

    rcpt: str = "250 OK"
    data: str = "250 OK"
    silent: bool = False
    password: str = ""
    before: Callable[[], Awaitable[None]] = settle_down
    after: Callable[[], Awaitable[None]] = settle_down
    port: int = 0
    texts: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    had_tls: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        await asyncio.sleep(0)
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self.before()
        if self.data.startswith("2"):
            assert isinstance(envelope.content, bytes)
            found = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(found, EmailMessage)
            self.texts.append(found)
            self.recipients += envelope.rcpt_tos
            self.had_tls.append(session.ssl is not None)
        if self.silent:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        await self.after()
        return self.data

    def check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object
    ) -> AuthResult:
        assert isinstance(login, LoginPassword)
        # Not handled: the server itself shall say no.
        return AuthResult(success=login.password.decode() == self.password, handled=False)


@asynccontextmanager
async def mail_server(box: Mailbox, security: str = "none") -> AsyncIterator[Mailbox]:
    """Yield the box while its server listens: ``starttls``, ``tls`` or ``none``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    open_to_all = not box.password

    made: list[SMTP] = []

    def make() -> SMTP:
        protocol = SMTP(
            box,
            hostname="mail.test",
            ident="test",
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=not open_to_all,
            auth_require_tls=security == "starttls",
            authenticator=None if open_to_all else box.check,
        )
        made.append(protocol)
        return protocol

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        make, "127.0.0.1", 0, ssl=context if security == "tls" else None
    )
    async with listening:
        box.port = listening.sockets[0].getsockname()[1]
        try:
            yield box
        finally:
            for protocol in made:
                if isinstance(protocol.transport, asyncio.WriteTransport):
                    protocol.transport.abort()
            await settle_down()  # connections end in the loop that they were made in
