"""E-mails to a real mail server on loopback."""

# ruff: noqa: RUF001 - Russian letters that look like Latin ones

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.smtp import SmtpChannel
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome
from tests.streams.dispatch.desk import settle_down
from tests.streams.dispatch.mail_server import PEM, Mailbox, mail_server
from tests.streams.dispatch.memory import NOON, entry

TO = "anna@customers.example"
SENDER = "Precede <service@company.example>"


def channel(port: int, security: Any = "none", **more: Any) -> SmtpChannel:
    options = {"sender": SENDER, "ca_file": None if security == "none" else PEM, **more}
    return SmtpChannel(
        "mail", "127.0.0.1", Limits(), port=port, security=security, now=lambda: NOON, **options
    )


def letter(name: str = "a1", **data: object) -> Entry:
    return entry(name, contact_point=TO, **data)


def send(
    box: Mailbox, found: Entry | None = None, security: str = "none", **options: Any
) -> Outcome:
    async def run() -> Outcome:
        async with mail_server(box, security) as at:
            return await channel(at.port, security, **options).send(found or letter())

    return asyncio.run(run())


def answering(*lines: bytes, then_wait: bool = False) -> Any:
    """Return a server that says these lines, one per line of the client, and then resets."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for line in lines:
                writer.write(line + b"\r\n")
                await writer.drain()
                await reader.readline()
            if then_wait:
                await reader.read()  # until the client gives up
        finally:
            writer.transport.abort()

    return serve


def send_to(serve: Any, timeout_s: float = 5.0) -> Outcome:
    async def run() -> Outcome:
        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            outcome = await channel(port, timeout_s=timeout_s).send(letter())
            await settle_down()  # connections end in the loop that they were made in
            return outcome

    return asyncio.run(run())


def test_the_customer_gets_the_text_with_everything_a_mail_needs() -> None:
    box = Mailbox()
    text = "Ваш перевод пришёл.\n.\nЗвоните нам."
    found = letter(text=text, subject="Ваш\n перевод")

    assert send(box, found, reply_to="desk@company.example") == Outcome("accepted")
    (mail,) = box.texts
    assert box.recipients == [TO]
    assert mail["From"] == SENDER
    assert mail["To"] == TO
    assert mail["Reply-To"] == "desk@company.example"
    assert mail["Subject"] == "Ваш перевод"
    assert mail["Message-ID"] == "<a1@company.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Mon, 12 Jan 1970 13:46:40 +0000"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == text


def test_without_a_subject_the_text_begins_the_mail() -> None:
    box = Mailbox()
    text = "Your transfer of 900 came back, and the money is on your account again. Call us."

    send(box, letter(text=text))

    (mail,) = box.texts
    assert mail["Subject"] == "Your transfer of 900 came back, and the money is on your ..."


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_logs_in_over_tls(security: str) -> None:
    # aiosmtpd does not know that a connection which began with TLS has it: no login there.
    password = "open sesame" if security == "starttls" else ""
    box = Mailbox(password=password)
    login: dict[str, Any] = {"username": "precede", "password": password} if password else {}

    assert send(box, security=security, **login) == Outcome("accepted")
    assert len(box.texts) == 1


def test_a_login_that_is_refused_is_tried_again_and_not_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    box = Mailbox(password="open sesame")
    outcome = send(box, security="starttls", username="precede", password="a wrong secret")

    assert outcome == Outcome("retry", "SMTP 535")
    assert box.texts == []
    assert "a wrong secret" not in caplog.text


def test_a_server_without_a_valid_certificate_gets_nothing() -> None:
    box = Mailbox()

    assert send(box, security="tls", ca_file=None).kind == "retry"
    assert send(box, security="starttls", ca_file=None).kind == "retry"
    assert box.texts == []


def test_a_server_that_offers_no_tls_gets_nothing() -> None:
    async def run(box: Mailbox) -> Outcome:
        async with mail_server(box, "none") as at:
            return await channel(at.port, "starttls").send(letter())

    box = Mailbox()

    assert asyncio.run(run(box)).kind == "retry"
    assert box.texts == []


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Mailbox(rcpt="450 4.2.1 busy"), Outcome("retry", "SMTP 450")),
        (Mailbox(rcpt="550 5.1.1 no such user"), Outcome("failed", "hard bounce: SMTP 550")),
        (Mailbox(rcpt="550 unknown"), Outcome("failed", "hard bounce: SMTP 550")),
        (Mailbox(rcpt="550 5.7.1 not from you"), Outcome("failed", "SMTP 550")),
        (Mailbox(data="451 4.3.0 later"), Outcome("retry", "SMTP 451")),
        (Mailbox(data="554 5.7.1 spam"), Outcome("failed", "SMTP 554")),
        (Mailbox(data="299 perhaps"), Outcome("unknown", "SMTP 299")),
    ],
)
def test_what_the_server_says_decides(box: Mailbox, expected: Outcome) -> None:
    assert send(box) == expected


def test_a_connection_lost_after_the_text_means_that_nobody_knows() -> None:
    box = Mailbox(silent=True)

    outcome = send(box)

    assert outcome.kind == "unknown"
    assert len(box.texts) == 1  # here it was taken, which nobody can tell


def test_a_server_that_never_answers_the_text_means_that_nobody_knows() -> None:
    # After 354 the client writes the text, the first line of which is all that is read.
    serve = answering(b"220 hello", b"250 ok", b"250 ok", b"250 ok", b"354 go on", then_wait=True)

    assert send_to(serve, timeout_s=1) == Outcome("unknown", "no answer within 1 s")


@pytest.mark.parametrize(
    "serve",
    [
        answering(),
        answering(b"220 hello"),
        answering(b"220 hello", b"250 ok"),
        answering(b"220 hello", b"250 ok", b"250 ok"),
        answering(b"554 no"),
        answering(b"220 hello", b"421 not now"),
        answering(b"\x00\xff garbage"),
        answering(b"220 hello", b"250 ok", b"553 5.1.8 no such sender"),
    ],
)
def test_what_ends_before_the_text_was_certainly_not_sent(serve: Any) -> None:
    assert send_to(serve).kind == "retry"


def test_a_server_too_slow_to_take_the_text_has_not_taken_it() -> None:
    outcome = send_to(answering(b"220 hello", then_wait=True), timeout_s=0.2)

    assert outcome == Outcome("retry", "the mail server was too slow: 0.2 s")


def test_no_server_is_no_delivery() -> None:
    async def run() -> Outcome:
        listening = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port: int = listening.sockets[0].getsockname()[1]
        listening.close()
        await listening.wait_closed()
        return await channel(port).send(letter())

    assert asyncio.run(run()).kind == "retry"


@pytest.mark.parametrize(
    "point", ["+49 30 5550101", "customer-7", "a@b\r\nBcc: x@y", "a@b, c@d", "<a@b>", ""]
)
def test_what_is_no_address_gets_nothing(point: str) -> None:
    box = Mailbox()
    found = entry(contact_point=point)

    assert send(box, found).kind == "failed"
    assert box.texts == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host": ""}, "host must name a mail server"),
        ({"security": "none"}, "security must be starttls or tls"),
        ({"username": "a"}, "username and password belong together"),
        ({"sender": "nobody"}, "sender must be an e-mail address"),
        ({"sender": ""}, "sender must be an e-mail address"),
        ({"sender": "a@b\r\nBcc: c@d"}, "sender must be an e-mail address"),
        ({"reply_to": "a b"}, "reply_to must be an e-mail address"),
        ({"ca_file": Path("/nowhere/ca.pem")}, "ca_file must hold PEM certificates"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_configured(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        SmtpChannel(
            "mail", **{"host": "mail.example", "sender": SENDER, **options}, limits=Limits()
        )


def test_a_mail_server_of_the_own_network_may_do_without_tls_where_operators_allow_it() -> None:
    SmtpChannel("mail", "10.0.0.1", Limits(), sender=SENDER, security="none", allow_private=True)
