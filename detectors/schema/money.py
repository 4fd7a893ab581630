"""What billing, cards, transfers and fraud control tell."""

from collections.abc import Mapping

from detectors.schema.name import Fields, Name, fields

PAID_BY = ("manual", "automatic")
DECLINES = ("limit", "country", "suspected_fraud", "funds", "expired", "other")
HOLDS = ("check", "limit", "recipient", "other")

_AMOUNT = Name("amount", "num", "How much, in the account's currency", "money")
_PAYMENT = Name("payment", "text", "The payment's own id")
_INVOICE = Name("invoice", "text", "The bill's own id")
_TRANSFER = (Name("transfer", "text", "The transfer's own id"), _AMOUNT)
_HOLD = (
    Name("hold", "text", "The hold's own id"),
    Name("card", "text", "The card it is on, masked", nullable=True),
)

MONEY_EVENTS: Mapping[str, Fields] = {
    "payment.failed": fields(
        _PAYMENT,
        Name("invoice", "text", "The bill it was for", nullable=True),
        _AMOUNT,
        Name("error", "text", "Why, as the payment system names it"),
        Name("hard", "bool", "Whether trying again cannot help, such as with a closed card"),
    ),
    "payment.succeeded": fields(
        _PAYMENT,
        Name("invoice", "text", "The bill it was for", nullable=True),
        _AMOUNT,
        Name("by", "enum", "Whether the customer paid by hand", values=PAID_BY),
        Name("late", "bool", "Whether it came after the bill was due"),
    ),
    "card.declined": fields(
        Name("card", "text", "The card, masked"),
        _AMOUNT,
        Name("reason", "enum", "Why the bank refused it", values=DECLINES),
        Name("country", "text", "Two letters of the shop's country", nullable=True),
    ),
    "card.expiring": fields(
        Name("card", "text", "The card, masked"),
        Name("left_s", "duration", "Until it expires", "s"),
        Name("recurring", "num", "Payments that are taken from it regularly", "payments"),
        Name("replaced", "bool", "Whether a new one is on its way"),
    ),
    "transfer.held": fields(*_TRANSFER, Name("reason", "enum", "Why it waits", values=HOLDS)),
    "transfer.released": fields(*_TRANSFER),
    "transfer.returned": fields(*_TRANSFER),
    "fee.charged": fields(
        Name("fee", "text", "The fee's own id"),
        Name("kind", "text", "What it is for, such as foreign-cash"),
        _AMOUNT,
        Name("first", "bool", "Whether this customer never paid this kind before"),
        Name("waivable", "bool", "Whether the terms let us give it back"),
    ),
    "invoice.issued": fields(
        _INVOICE,
        _AMOUNT,
        Name("usual", "num", "Mean of the customer's last six bills", "money", nullable=True),
        Name("extra", "num", "What came on top of the plan", "money"),
        Name("automatic", "bool", "Whether it is collected by itself"),
    ),
    "invoice.due": fields(
        _INVOICE,
        _AMOUNT,
        Name("left_s", "duration", "Until it must be paid", "s"),
        Name("automatic", "bool", "Whether it is collected by itself"),
    ),
    "fraud.hold_placed": fields(
        *_HOLD, Name("reason", "text", "What was noticed, as fraud control names it")
    ),
    "fraud.hold_lifted": fields(*_HOLD, Name("confirmed", "bool", "Whether it was fraud")),
}
"""Events of a customer's money."""
