"""What single events leave behind for the signals: marks of what happened, traces with a measure.

A step that slows down on purpose (``deliberate: true``, such as an identity check) leaves nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from detectors.contacts import seconds, text
from detectors.marks import Marks
from detectors.traces import Traces, checksum
from detectors.under_way import number

TURNS: Final = 10.0
"""Changes of direction on one axis within 2 s: the pointer thrashes [1]_."""
TRAVEL_PX: Final = 900.0
DETOUR: Final = 6.0
"""Or it travels 900 px and six times as far as it gets, within 2 s [2]_."""
PAGE_HEIGHTS: Final = 3.0
"""Scrolling three times the height of a page in all is looking for something in vain [2]_."""
SILENCE_S: Final = 20.0
SILENT_SHARE: Final = 0.3
"""A gap of more than 20 s, or silence over 30 % of a conversation (own proposal)."""

Note = Callable[[Marks, Traces, float, Mapping[str, Any]], None]


def note(kind: str, marks: Marks, traces: Traces, at: float, data: Mapping[str, Any]) -> None:
    """Take an event of `NOTES`.

    References
    ----------
    .. [1] Amplitude-TypeScript, track-thrashed-cursor.ts: ten direction changes in 2 s.
    .. [2] Heuristics of a public repository for mouse traces; a weak source. What other visitors
       of the page do (three standard deviations) would need all of them.

    Examples
    --------
    >>> marks, traces = Marks(), Traces()
    >>> note("ui.pointer", marks, traces, 0.0, {"turns": 12})
    >>> note("ui.pointer", marks, traces, 0.0, {"turns": 12, "deliberate": True})
    >>> marks.count("thrash", -1.0, 0.0)
    1
    """
    if data.get("deliberate") is not True:
        NOTES[kind](marks, traces, at, data)


def is_thrashing(data: Mapping[str, Any]) -> bool:
    """Return whether two seconds of pointer movement look like helplessness."""
    travel = number(data.get("travel_px"))
    is_detour = travel >= TRAVEL_PX and travel >= DETOUR * number(data.get("displacement_px"))
    return number(data.get("turns")) >= TURNS or is_detour


def is_lost(data: Mapping[str, Any]) -> bool:
    """Return whether a page was scrolled up and down beyond reading it."""
    height = number(data.get("page_px"))
    return height > 0 and number(data.get("scrolled_px")) >= PAGE_HEIGHTS * height


def _click(marks: Marks, _: Traces, at: float, data: Mapping[str, Any]) -> None:
    for kind in ("rage", "dead", "error"):
        if data.get(kind) is True:
            marks.add(kind, at)


def _error(marks: Marks, _: Traces, at: float, _data: Mapping[str, Any]) -> None:
    marks.add("error", at)


def _pointer(marks: Marks, _: Traces, at: float, data: Mapping[str, Any]) -> None:
    if is_thrashing(data):
        marks.add("thrash", at)


def _page_left(marks: Marks, _: Traces, at: float, data: Mapping[str, Any]) -> None:
    if is_lost(data):
        marks.add("scroll", at)


def _form_left(marks: Marks, _: Traces, at: float, _data: Mapping[str, Any]) -> None:
    marks.add("form", at)


def _form_refused(_: Marks, traces: Traces, at: float, data: Mapping[str, Any]) -> None:
    what = text(data.get("error")) or "returned"
    form, field = text(data.get("form")), text(data.get("field"))
    traces.add("refusal", at, checksum(form, field, what))


def _form_sent(_: Marks, traces: Traces, at: float, _data: Mapping[str, Any]) -> None:
    traces.clear("refusal", at)


def _search(marks: Marks, _: Traces, at: float, data: Mapping[str, Any]) -> None:
    marks.add("search", at)
    if number(data.get("results")) == 0:
        marks.add("nothing", at)


def _login_failed(marks: Marks, _: Traces, at: float, data: Mapping[str, Any]) -> None:
    marks.add("login", at)
    if data.get("reason") == "locked":
        marks.add("locked", at)


def _login_succeeded(marks: Marks, _: Traces, at: float, _data: Mapping[str, Any]) -> None:
    marks.clear("login", at)
    marks.clear("locked", at)


def _unpaid(marks: Marks, _: Traces, at: float, data: Mapping[str, Any]) -> None:
    marks.add("unpaid", at)
    if data.get("hard") is True:
        marks.add("hard", at)


def _paid(marks: Marks, _: Traces, at: float, _data: Mapping[str, Any]) -> None:
    marks.clear("unpaid", at)
    marks.clear("hard", at)


def _reopened(marks: Marks, _: Traces, at: float, _data: Mapping[str, Any]) -> None:
    marks.add("reopened", at)


def _transferred(marks: Marks, _: Traces, at: float, _data: Mapping[str, Any]) -> None:
    marks.add("transfer", at)


def _held(_: Marks, traces: Traces, at: float, data: Mapping[str, Any]) -> None:
    traces.add("hold", at, value=seconds(data.get("hold_s")))


def _menu(marks: Marks, traces: Traces, at: float, data: Mapping[str, Any]) -> None:
    traces.add("menu", at, checksum(text(data.get("call")), text(data.get("node"))))
    if data.get("agent_asked") is True:
        marks.add("agent", at)
    if data.get("understood") is False:
        marks.add("misheard", at)


def _analysed(marks: Marks, _: Traces, at: float, data: Mapping[str, Any]) -> None:
    is_long = number(data.get("longest_silence_s")) > SILENCE_S
    is_much = number(data.get("silent_share")) > SILENT_SHARE
    if is_long or is_much:
        marks.add("silence", at)
    if is_long and is_much:
        marks.add("much_silence", at)


def _mood(_: Marks, traces: Traces, at: float, data: Mapping[str, Any]) -> None:
    mood = number(data.get("sentiment"))
    if -1.0 <= mood <= 1.0:
        traces.add("mood", at, checksum(text(data.get("call"))), mood)


def _callback_missed(marks: Marks, _: Traces, at: float, _data: Mapping[str, Any]) -> None:
    marks.add("callback", at)


NOTES: Final[Mapping[str, Note]] = {
    "ui.click": _click,
    "app.error": _error,
    "ui.pointer": _pointer,
    "page.left": _page_left,
    "form.abandoned": _form_left,
    "form.rejected": _form_refused,
    "form.returned": _form_refused,
    "form.submitted": _form_sent,
    "search.done": _search,
    "login.failed": _login_failed,
    "login.succeeded": _login_succeeded,
    "payment.failed": _unpaid,
    "payment.succeeded": _paid,
    "case.reopened": _reopened,
    "contact.transferred": _transferred,
    "contact.held": _held,
    "ivr.step": _menu,
    "contact.analysed": _analysed,
    "contact.sentiment": _mood,
    "callback.missed": _callback_missed,
}
"""Event type -> what it leaves behind."""
