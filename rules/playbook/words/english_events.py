"""Words for event types in English; a type that is not here is told by its own name."""

from rules.playbook.words.language import EventWords

EVENT_WORDS = {
    "contact.started": EventWords(
        "a contact begins", "nobody contacts anybody", "contact begun", "contacts begun"
    ),
    "contact.queued": EventWords(
        "a caller enters the queue", "no caller enters the queue", "call queued", "calls queued"
    ),
    "contact.answered": EventWords(
        "a contact is answered", "no contact is answered", "contact answered", "contacts answered"
    ),
    "contact.abandoned": EventWords(
        "a caller hangs up in the queue",
        "no caller hangs up in the queue",
        "abandoned call",
        "abandoned calls",
    ),
    "contact.ended": EventWords(
        "a contact ends", "no contact ends", "contact ended", "contacts ended"
    ),
    "page.view": EventWords(
        "the customer opens a page", "the customer opens no such page", "page view", "page views"
    ),
    "ui.click": EventWords(
        "the customer clicks", "the customer makes no such click", "click", "clicks"
    ),
    "app.error": EventWords(
        "the app shows an error", "the app shows no error", "error in the app", "errors in the app"
    ),
    "login.failed": EventWords("a login fails", "no login fails", "failed login", "failed logins"),
    "login.succeeded": EventWords(
        "the customer logs in", "the customer does not log in", "login", "logins"
    ),
    "form.started": EventWords(
        "the customer begins a form", "the customer begins no form", "form begun", "forms begun"
    ),
    "form.abandoned": EventWords(
        "the customer leaves a form", "the customer leaves no form", "form left", "forms left"
    ),
    "form.submitted": EventWords(
        "the customer sends a form", "the customer sends no form", "form sent", "forms sent"
    ),
    "search.done": EventWords(
        "the customer searches", "the customer does not search", "search", "searches"
    ),
    "payment.failed": EventWords(
        "a payment fails", "no payment fails", "failed payment", "failed payments"
    ),
    "payment.succeeded": EventWords(
        "a payment succeeds", "no payment succeeds", "successful payment", "successful payments"
    ),
    "card.declined": EventWords(
        "a card is declined",
        "no card is declined",
        "declined card payment",
        "declined card payments",
    ),
    "card.expiring": EventWords(
        "a card is about to expire",
        "no card is about to expire",
        "notice of a card that expires",
        "notices of a card that expires",
    ),
    "transfer.held": EventWords(
        "a transfer is held", "no transfer is held", "held transfer", "held transfers"
    ),
    "transfer.released": EventWords(
        "a held transfer is released",
        "no held transfer is released",
        "released transfer",
        "released transfers",
    ),
    "transfer.returned": EventWords(
        "a transfer is returned",
        "no transfer is returned",
        "returned transfer",
        "returned transfers",
    ),
    "fee.charged": EventWords("a fee is charged", "no fee is charged", "fee", "fees"),
    "invoice.issued": EventWords("a bill is issued", "no bill is issued", "bill", "bills"),
    "invoice.due": EventWords(
        "a bill is due soon",
        "no bill is due soon",
        "notice of a bill that is due",
        "notices of a bill that is due",
    ),
    "fraud.hold_placed": EventWords(
        "fraud control places a hold", "fraud control places no hold", "fraud hold", "fraud holds"
    ),
    "fraud.hold_lifted": EventWords(
        "fraud control lifts a hold",
        "fraud control lifts no hold",
        "lifted fraud hold",
        "lifted fraud holds",
    ),
    "order.placed": EventWords(
        "the customer places an order", "the customer places no order", "order", "orders"
    ),
    "order.shipped": EventWords(
        "an order is shipped", "no order is shipped", "shipped order", "shipped orders"
    ),
    "order.cancelled": EventWords(
        "an order is cancelled", "no order is cancelled", "cancelled order", "cancelled orders"
    ),
    "shipment.eta_changed": EventWords(
        "the arrival of an order changes",
        "the arrival of no order changes",
        "changed arrival",
        "changed arrivals",
    ),
    "delivery.failed": EventWords(
        "a delivery fails", "no delivery fails", "failed delivery", "failed deliveries"
    ),
    "delivery.completed": EventWords(
        "an order is delivered", "no order is delivered", "delivery", "deliveries"
    ),
    "promise.made": EventWords(
        "the company promises something", "the company promises nothing", "promise", "promises"
    ),
    "promise.due": EventWords(
        "a promise is due soon",
        "no promise is due soon",
        "notice of a promise that is due",
        "notices of a promise that is due",
    ),
    "promise.kept": EventWords(
        "a promise is kept", "no promise is kept", "kept promise", "kept promises"
    ),
    "promise.broken": EventWords(
        "a promise is broken", "no promise is broken", "broken promise", "broken promises"
    ),
    "appointment.booked": EventWords(
        "an appointment is booked",
        "no appointment is booked",
        "booked appointment",
        "booked appointments",
    ),
    "appointment.due": EventWords(
        "an appointment is near",
        "no appointment is near",
        "notice of an appointment",
        "notices of an appointment",
    ),
    "appointment.kept": EventWords(
        "an appointment is kept", "no appointment is kept", "kept appointment", "kept appointments"
    ),
    "appointment.missed": EventWords(
        "an appointment is missed",
        "no appointment is missed",
        "missed appointment",
        "missed appointments",
    ),
    "incident.opened": EventWords(
        "an incident hits the customer", "no incident hits the customer", "incident", "incidents"
    ),
    "incident.resolved": EventWords(
        "an incident is resolved",
        "no incident is resolved",
        "resolved incident",
        "resolved incidents",
    ),
    "case.opened": EventWords(
        "a case is opened", "no case is opened", "opened case", "opened cases"
    ),
    "case.closed": EventWords(
        "a case is closed", "no case is closed", "closed case", "closed cases"
    ),
    "case.reopened": EventWords(
        "a case is opened again", "no case is opened again", "reopened case", "reopened cases"
    ),
    "feedback.received": EventWords(
        "the customer gives feedback",
        "the customer gives no feedback",
        "feedback",
        "pieces of feedback",
    ),
    "profile.updated": EventWords(
        "the customer record changes",
        "the customer record does not change",
        "change of the customer record",
        "changes of the customer record",
    ),
    "usage.session": EventWords(
        "the customer uses a service",
        "the customer uses no service",
        "use of a service",
        "uses of a service",
    ),
    "subscription.started": EventWords(
        "a subscription starts",
        "no subscription starts",
        "started subscription",
        "started subscriptions",
    ),
    "subscription.renewed": EventWords(
        "a subscription is renewed",
        "no subscription is renewed",
        "renewed subscription",
        "renewed subscriptions",
    ),
    "subscription.renewal_due": EventWords(
        "a subscription is up for renewal",
        "no subscription is up for renewal",
        "notice of a renewal",
        "notices of a renewal",
    ),
    "subscription.downgraded": EventWords(
        "a subscription is downgraded",
        "no subscription is downgraded",
        "downgraded subscription",
        "downgraded subscriptions",
    ),
    "subscription.cancelled": EventWords(
        "a subscription is cancelled",
        "no subscription is cancelled",
        "cancelled subscription",
        "cancelled subscriptions",
    ),
    "action.accepted": EventWords(
        "the customer accepts an action of ours",
        "the customer accepts no action of ours",
        "accepted action",
        "accepted actions",
    ),
    "action.cancelled": EventWords(
        "an action of ours is cancelled",
        "no action of ours is cancelled",
        "cancelled action",
        "cancelled actions",
    ),
    "action.delivered": EventWords(
        "an action of ours is delivered",
        "no action of ours is delivered",
        "delivered action",
        "delivered actions",
    ),
    "action.expired": EventWords(
        "an action of ours expires",
        "no action of ours expires",
        "expired action",
        "expired actions",
    ),
    "action.failed": EventWords(
        "an action of ours fails", "no action of ours fails", "failed action", "failed actions"
    ),
    "action.opened": EventWords(
        "the customer opens a message of ours",
        "the customer opens no message of ours",
        "opened message",
        "opened messages",
    ),
    "action.opted_out": EventWords(
        "the customer opts out", "the customer does not opt out", "opt-out", "opt-outs"
    ),
    "action.parked": EventWords(
        "an action of ours is parked",
        "no action of ours is parked",
        "parked action",
        "parked actions",
    ),
    "action.refused": EventWords(
        "an action of ours is refused",
        "no action of ours is refused",
        "refused action",
        "refused actions",
    ),
    "action.rejected": EventWords(
        "the customer rejects an action of ours",
        "the customer rejects no action of ours",
        "rejected action",
        "rejected actions",
    ),
    "action.unknown": EventWords(
        "it is unknown what became of an action",
        "of no action it is unknown what became",
        "action of unknown end",
        "actions of unknown end",
    ),
}
"""Event type -> its words."""
