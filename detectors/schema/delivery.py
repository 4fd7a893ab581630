"""What orders, carriers, appointments and the promise ledger tell."""

from collections.abc import Mapping

from detectors.schema.name import Fields, Name, fields

MISSED_BY = ("customer", "company")
UNDELIVERED = ("nobody_home", "address", "damaged", "carrier", "other")

_ORDER = Name("order", "text", "The order's own id")
_PROMISE = (
    Name("promise", "text", "The promise's own id"),
    Name("topic", "text", "What was promised, such as call-back or refund"),
)
_APPOINTMENT = (
    Name("appointment", "text", "The appointment's own id"),
    Name("topic", "text", "What it is for, such as installation"),
)

DELIVERY_EVENTS: Mapping[str, Fields] = {
    "order.placed": fields(
        _ORDER,
        Name("amount", "num", "Value of the order", "money"),
        Name("promised_at", "time", "When it was promised for", nullable=True),
    ),
    "order.shipped": fields(_ORDER),
    "shipment.scanned": fields(_ORDER),
    "order.cancelled": fields(_ORDER),
    "shipment.eta_changed": fields(
        _ORDER,
        Name("delay_s", "duration", "How much later than promised it will come now", "s"),
        Name("eta", "time", "When it will come now", nullable=True),
    ),
    "delivery.failed": fields(
        _ORDER,
        Name("reason", "enum", "Why it was not handed over", values=UNDELIVERED),
        Name("attempt", "num", "Which attempt it was, from 1", "attempts"),
    ),
    "delivery.completed": fields(_ORDER),
    "promise.made": fields(*_PROMISE, Name("due_at", "time", "When it must be kept")),
    "promise.due": fields(*_PROMISE, Name("left_s", "duration", "Until it must be kept", "s")),
    "promise.kept": fields(*_PROMISE),
    "promise.broken": fields(
        *_PROMISE, Name("late_s", "duration", "How long it has been due", "s")
    ),
    "appointment.booked": fields(*_APPOINTMENT, Name("starts_at", "time", "When it begins")),
    "appointment.due": fields(*_APPOINTMENT, Name("left_s", "duration", "Until it begins", "s")),
    "appointment.kept": fields(*_APPOINTMENT),
    "appointment.missed": fields(
        *_APPOINTMENT, Name("by", "enum", "Who did not come", values=MISSED_BY)
    ),
}
"""Events of what a customer was promised."""
