"""What the customer record, subscriptions, usage and our own actions tell."""

from collections.abc import Mapping

from detectors.schema.name import Fields, Name, fields

_SUBSCRIPTION = (
    Name("subscription", "text", "The contract's own id"),
    Name("plan", "text", "What is subscribed to"),
)
_ACTION = fields(
    Name("action_id", "text", "Which action"),
    Name("decision_id", "text", "The decision that led to it", nullable=True),
    Name("rule", "text", "The rule behind it", nullable=True),
    Name("channel", "text", "Where it went", nullable=True),
    Name("contact_point", "text", "Number, address or customer it went to", nullable=True),
    Name("attempts", "num", "How often it was tried", "attempts", nullable=True),
    Name("reason", "text", "Why it ended so", nullable=True),
)
ACTION_OUTCOMES = (
    "accepted",
    "cancelled",
    "delivered",
    "expired",
    "failed",
    "opened",
    "opted_out",
    "parked",
    "refused",
    "rejected",
    "unknown",
)
"""What becomes of an action: in dispatch, and with the customer."""

ACCOUNT_EVENTS: Mapping[str, Fields] = {
    "profile.updated": fields(
        Name("plan", "text", "What the customer has now", nullable=True),
        Name("segment", "text", "Which group of customers, as the company names it", nullable=True),
        Name("language", "text", "Two letters of the language to write in", nullable=True),
        Name("zone", "text", "IANA time zone the customer lives in", nullable=True),
        Name("autopay", "bool", "Whether bills are paid by themselves", nullable=True),
        Name("alerts", "bool", "Whether account alerts are switched on", nullable=True),
    ),
    "review.due": fields(),
    "usage.session": fields(
        Name("service", "text", "What was used"),
        Name("duration_s", "duration", "How long", "s", nullable=True),
    ),
    "subscription.started": fields(*_SUBSCRIPTION),
    "subscription.renewed": fields(*_SUBSCRIPTION),
    "subscription.renewal_due": fields(
        *_SUBSCRIPTION, Name("left_s", "duration", "Until it ends or renews", "s")
    ),
    "subscription.downgraded": fields(*_SUBSCRIPTION),
    "subscription.cancelled": fields(*_SUBSCRIPTION),
    **{f"action.{outcome}": _ACTION for outcome in ACTION_OUTCOMES},
}
"""Events of the relationship, and outcomes of what we did. ``review.due`` is never sent: it stands
for the moment at which the models look at a customer again though nothing happened."""
