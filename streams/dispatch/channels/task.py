"""Actions as tasks of a CRM or contact centre: a JSON object of the receiver's own form."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from detectors.event import format_time
from streams.clock import now as wall_clock
from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.posting import HttpPost
from streams.dispatch.channels.signature import read_signer
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome

NAMES: Final = (
    "action_id",
    "decision_id",
    "rule",
    "customer",
    "contact_point",
    "do",
    "class",
    "channel",
    "to",
    "template",
    "subject",
    "text",
    "topic",
    "occurrence",
    "pyramid_level",
    "explanation",
    "at",
    "not_before",
    "not_after",
    "due_at",
)
"""What a form may show of an action."""
_TIMES: Final = frozenset({"at", "not_before", "not_after", "due_at"})
_PLACE = re.compile(r"\{([^{}]*)\}")
# Ours, or of the connection.
_OWN_HEADERS: Final = frozenset({"content-type", "content-length", "host", "idempotency-key"})

Json = dict[str, Any]


class TaskChannel:
    """Posts an object made of the action by a form, with ``Idempotency-Key`` as for a webhook.

    A form maps fields of the object to texts. ``{text}`` alone keeps its type: numbers stay
    numbers, what is missing is null, times are RFC 3339 in UTC. A dot in a field's name leads into
    an object: ``ticket.subject``.

    Parameters
    ----------
    url
        Target; see `WebhookChannel`.
    form
        Field -> text with names of `NAMES` in braces.
    headers
        Further headers, such as an authorization.
    secret
        Key of a signature by Standard Webhooks; empty for none.
    recognises_repeats
        Whether the receiver acts once on two posts of one action. If not, a post without an
        answer is of unknown outcome and not repeated.

    Raises
    ------
    ValueError
        When one of them cannot be used.
    """

    def __init__(
        self,
        name: str,
        url: str,
        form: Mapping[str, str],
        limits: Limits,
        *,
        headers: Mapping[str, str] | None = None,
        secret: str = "",
        recognises_repeats: bool = False,
        timeout_s: float = 5.0,
        allow_private: bool = False,
        now: Callable[[], float] = wall_clock,
    ) -> None:
        self.name = name
        self.limits = limits
        self.recognises_repeats = recognises_repeats
        self._http = HttpPost(url, timeout_s=timeout_s, allow_private=allow_private, now=now)
        self._form = _checked_form(form)
        self._headers = _checked_headers(headers or {})
        self._signer = read_signer(secret) if secret else None
        self._now = now

    async def send(self, entry: Entry) -> Outcome:
        """Post once and return what came of it."""
        body = orjson.dumps(fill(self._form, entry))
        headers = {
            **self._headers,
            "content-type": "application/json",
            "idempotency-key": entry.id,
            "user-agent": "precede",
        }
        if self._signer is not None:
            at = datetime.fromtimestamp(int(self._now()), UTC)
            headers |= self._signer.headers(entry.id, at, body)
        return await self._http.post(body, headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def fill(form: Mapping[str, str], entry: Entry) -> Json:
    """Return the object that a form makes of an action."""
    values = _values(entry)
    task: Json = {}
    for field, text in form.items():
        *path, last = field.split(".")
        there = task
        for name in path:
            there = there.setdefault(name, {})
        alone = _PLACE.fullmatch(text)
        there[last] = values[alone[1]] if alone else _PLACE.sub(lambda m: _text(values[m[1]]), text)
    return task


def _values(entry: Entry) -> Json:
    data = entry.action()
    values = {name: data.get(name) for name in NAMES}
    values |= {"at": entry.at, "contact_point": entry.contact_point, "customer": entry.customer}
    return {
        name: format_time(value) if name in _TIMES and value is not None else value
        for name, value in values.items()
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _checked_form(form: Mapping[str, str]) -> dict[str, str]:
    if not form:
        msg = 'form must say what a task looks like, such as {"subject": "{explanation}"}; got none'
        raise ValueError(msg)
    for field, text in form.items():
        inner = next((other for other in form if other.startswith(f"{field}.")), None)
        if inner is not None or not all(field.split(".")):
            msg = f"a field of form must lead to one value; got {field!r}"
            raise ValueError(msg)
        for name in _PLACE.findall(text):
            if name not in NAMES:
                msg = f"form must show names of an action: {', '.join(NAMES)}; got {name!r}"
                raise ValueError(msg)
        if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
            msg = f"a text of form must have braces around names only; got them in {field!r}"
            raise ValueError(msg)
    return dict(form)


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        is_token = re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) is not None
        if not is_token or name.lower() in _OWN_HEADERS:
            msg = f"headers must be further ones, by their names; got {name!r}"
            raise ValueError(msg)
        if not value.isascii() or not value.isprintable():  # its value may be a secret
            msg = f"headers must have printable ASCII values; {name!r} has another one"
            raise ValueError(msg)
    return dict(headers)
