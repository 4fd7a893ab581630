"""What incident control, the case system and feedback tell."""

from collections.abc import Mapping

from detectors.schema.name import Fields, Name, fields

SEVERITIES = ("minor", "major")
SCALES = ("csat", "ces", "nps")
SOURCES = ("complaint", "survey", "employee", "review", "interview", "social")
FORCES = ("fair-treatment", "certainty", "control", "status", "belonging", "enjoyment")

_INCIDENT = (
    Name("incident", "text", "The incident's own id"),
    Name("service", "text", "What does not work, such as internet or card-payments"),
)
_CASE = (
    Name("case", "text", "The case's own id"),
    Name("topic", "text", "What it is about"),
)
_DUE = Name("due_at", "time", "When it should be settled", nullable=True)

SERVICE_EVENTS: Mapping[str, Fields] = {
    "incident.opened": fields(
        *_INCIDENT,
        Name("severity", "enum", "How much this customer is affected", values=SEVERITIES),
        Name("expected_s", "duration", "How long it will probably take", "s", nullable=True),
    ),
    "incident.resolved": fields(
        *_INCIDENT, Name("lasted_s", "duration", "How long this customer was affected", "s")
    ),
    "case.opened": fields(
        *_CASE, Name("channel", "text", "Where it came from", nullable=True), _DUE
    ),
    "case.closed": fields(*_CASE),
    "case.reopened": fields(*_CASE, _DUE),
    "feedback.received": fields(
        Name("feedback", "text", "The answer's own id"),
        Name("source", "enum", "Where it came from", values=SOURCES),
        Name("topic", "text", "What it is about", nullable=True),
        Name("score", "num", "The answer, on its scale", "points", nullable=True),
        Name(
            "scale",
            "enum",
            "csat 1 to 5, ces 1 to 7 (7 is effortless), nps 0 to 10",
            nullable=True,
            values=SCALES,
        ),
        Name("force", "enum", "Which force it is about", nullable=True, values=FORCES),
        Name("text_ref", "text", "Where the words are kept; never the words", nullable=True),
    ),
}
"""Events about faults, cases and opinions."""
