"""What web and app tell: pages, clicks, errors, logins, forms, searches."""

from collections.abc import Mapping

from detectors.schema.name import Fields, Name, fields

PAGES = ("help", "product", "checkout", "account", "cancel", "other")
LOGIN_FAILURES = ("password", "code", "locked", "device", "other")

_SESSION = Name("session", "text", "The visit it belongs to", nullable=True)
_PATH = Name("path", "text", "Address of the page without the host, such as /help/limits")
_DELIBERATE = Name(
    "deliberate",
    "bool",
    "Whether the step slows down on purpose, such as an identity check",
    nullable=True,
)
_FIELD = Name("field", "text", "Which field of the form")
_FORM = (
    _SESSION,
    Name("form", "text", "Which form, such as card-application"),
    Name("step", "text", "The step it was left or sent at", nullable=True),
    Name("deliberate", "bool", "Whether the step slows down on purpose, such as an identity check"),
)

DIGITAL_EVENTS: Mapping[str, Fields] = {
    "page.view": fields(
        _SESSION,
        _PATH,
        Name("kind", "enum", "What the page is for", values=PAGES),
        Name("topic", "text", "What the page is about, such as limits", nullable=True),
        _DELIBERATE,
    ),
    "page.left": fields(
        _SESSION,
        _PATH,
        Name("dwell_s", "duration", "How long the page was open", "s"),
        Name("scrolled_px", "num", "How far it was scrolled, up and down together", "px"),
        Name("page_px", "num", "How high it is", "px"),
        _DELIBERATE,
    ),
    "ui.pointer": fields(
        _SESSION,
        _PATH,
        Name("turns", "num", "Most changes of direction on one axis within 2 s", "turns"),
        Name("travel_px", "num", "How far the pointer went in them", "px"),
        Name("displacement_px", "num", "How far it got in them", "px"),
    ),
    "ui.click": fields(
        _SESSION,
        _PATH,
        Name("element", "text", "What was clicked", nullable=True),
        Name("rage", "bool", "Whether the client saw at least four clicks on one spot within 1 s"),
        Name("dead", "bool", "Whether nothing happened for 3 s after it"),
        Name("error", "bool", "Whether an error followed within 1 s"),
        _DELIBERATE,
    ),
    "app.error": fields(
        _SESSION,
        _PATH,
        Name("code", "text", "The error, as the app names it"),
        Name("blocking", "bool", "Whether the customer could not go on"),
    ),
    "login.failed": fields(
        _SESSION,
        Name("reason", "enum", "Why it failed", values=LOGIN_FAILURES),
        _DELIBERATE,
    ),
    "login.succeeded": fields(
        _SESSION,
        Name("new_device", "bool", "Whether this device was never seen before"),
        Name("country", "text", "Two letters of the country it came from", nullable=True),
    ),
    "form.started": fields(*_FORM),
    "form.abandoned": fields(
        *_FORM,
        Name("filled", "num", "Share of the form that was filled in, 0 to 1", "share"),
        Name("errors", "num", "How often the form refused what was entered", "errors"),
    ),
    "form.rejected": fields(*_FORM, _FIELD, Name("error", "text", "Why, as the form names it")),
    "form.returned": fields(*_FORM, _FIELD),
    "form.submitted": fields(*_FORM),
    "search.done": fields(
        _SESSION,
        Name("results", "num", "How many results were shown", "results"),
        Name(
            "topic", "text", "What it was about, as a word of ours; never the text", nullable=True
        ),
    ),
}
"""Events of a customer in web or app."""
