"""What tells whether and where a customer may be reached, and what other systems told them."""

from collections.abc import Mapping

from detectors.schema.name import Fields, Name, fields

MESSAGES = ("critical", "service", "promotional")
CLASSES = ("service", "promotional", "*")
KINDS = ("phone", "email", "post", "push")
REASONS = ("bounce", "complaint", "stop")
"""Why nothing may go there any more: it does not exist, its reader complained, its reader asked."""
FLAGS = ("complaint", "incident", "bereavement", "fraud")

_KIND = Name("kind", "enum", "What kind of contact point it is", values=KINDS)
_POINT = Name("contact_point", "text", "The number or address")
_FLAG = Name("flag", "enum", "What selling would be out of place with", values=FLAGS)
_SCOPE = (
    Name("class", "enum", "Which class of messages, * for all", values=CLASSES),
    Name("channel", "text", "Which channel, or which kind of contact point; * for all"),
    Name("contact_point", "text", "Which number or address; none for all", nullable=True),
)

REACH_EVENTS: Mapping[str, Fields] = {
    "consent.granted": fields(*_SCOPE),
    "consent.withdrawn": fields(*_SCOPE),
    "contact_point.added": fields(
        _KIND, _POINT, Name("zone", "text", "Its IANA time zone", nullable=True)
    ),
    "contact_point.removed": fields(_KIND, _POINT),
    "contact_point.suppressed": fields(
        _POINT,
        Name("reason", "enum", "Why nothing may go there any more", values=REASONS),
        Name("channel", "text", "Over which channel; none for all", nullable=True),
    ),
    "contact.outbound": fields(
        Name("system", "text", "Who contacted the customer, such as campaigns"),
        Name("channel", "text", "Which channel, or which kind of contact point"),
        Name(
            "class",
            "enum",
            "Which class of message it was",
            values=MESSAGES,
        ),
        Name("topic", "text", "What it was about", nullable=True),
        Name("contact_point", "text", "The number or address", nullable=True),
    ),
    "contact.requested": fields(
        Name("request", "text", "The question's own id"),
        Name("system", "text", "Who asks whether it may contact the customer"),
        Name("channel", "text", "Which channel, or which kind of contact point"),
        Name("class", "enum", "Which class of message it would be", values=MESSAGES),
        Name("topic", "text", "What it would be about"),
        Name("contact_point", "text", "The number or address", nullable=True),
        Name("reserve", "bool", "Whether it counts from now on as if it had taken place"),
    ),
    "customer.flagged": fields(_FLAG),
    "customer.unflagged": fields(_FLAG),
}
"""Events about reaching a customer."""
