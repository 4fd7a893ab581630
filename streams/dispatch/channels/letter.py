"""An action as an e-mail."""

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from streams.dispatch.entry import Entry

MAX_SUBJECT = 60  # characters of a subject made of the text: what phones show of one
# What mail servers take: no quoted local parts, no address literals.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address, and nothing else.

    >>> [is_address(text) for text in ("a@b.example", "a@b", "b.example", "a@b, c@d", "A <a@b>")]
    [True, True, False, False, False]
    """
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None  # noqa: PLR2004 -- RFC 5321


def read_sender(text: str) -> Address:
    """Return an address with its name, of ``Name <address>`` or the address alone.

    Raises
    ------
    ValueError
        When the text is neither.
    """
    name, address = parseaddr(text)
    if not text.isprintable() or not is_address(address):
        msg = f"must be an e-mail address, or 'Name <address>'; got {text!r}"
        raise ValueError(msg)
    try:
        return Address(name, addr_spec=address)
    except (ValueError, HeaderParseError):
        msg = f"must be an e-mail address, or 'Name <address>'; got {text!r}"
        raise ValueError(msg) from None


def letter(entry: Entry, sender: Address, reply_to: Address | None, now: float) -> EmailMessage:
    """Return the action as a plain text, from the company to the contact point.

    ``Message-ID`` follows from the action id, so that two of one action could be told by it;
    ``Auto-Submitted`` keeps other machines from answering [1]_.

    References
    ----------
    .. [1] RFC 3834, section 5.
    """
    action = entry.action()
    text = str(action.get("text") or "")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=entry.contact_point)
    message["Subject"] = _subject(str(action.get("subject") or ""), text)
    message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    message["Message-ID"] = f"<{entry.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if reply_to is not None:
        message["Reply-To"] = reply_to
    message.set_content(text)
    return message


def _subject(written: str, text: str) -> str:
    """Return the template's subject on one line; where it has none, how the text begins."""
    if found := " ".join(written.split()):
        return found
    line = " ".join(text.split())
    if len(line) <= MAX_SUBJECT:
        return line
    return line[:MAX_SUBJECT].rsplit(" ", 1)[0] + " ..."
