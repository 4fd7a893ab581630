"""Words for events about reaching a customer, in English."""

from rules.playbook.words.language import EventWords

REACH_WORDS = {
    "consent.granted": EventWords(
        "the customer agrees to messages",
        "the customer agrees to no messages",
        "consent",
        "consents",
    ),
    "consent.withdrawn": EventWords(
        "the customer withdraws consent",
        "the customer withdraws no consent",
        "withdrawn consent",
        "withdrawn consents",
    ),
    "contact_point.added": EventWords(
        "the customer gives a number or address",
        "the customer gives no number or address",
        "new contact point",
        "new contact points",
    ),
    "contact_point.removed": EventWords(
        "a number or address of the customer is taken away",
        "no number or address of the customer is taken away",
        "removed contact point",
        "removed contact points",
    ),
    "contact_point.suppressed": EventWords(
        "a number or address of the customer must not be used any more",
        "no number or address of the customer is barred",
        "suppressed contact point",
        "suppressed contact points",
    ),
    "contact.outbound": EventWords(
        "another system contacts the customer",
        "no other system contacts the customer",
        "contact by another system",
        "contacts by other systems",
    ),
    "contact.requested": EventWords(
        "another system asks whether it may contact the customer",
        "no other system asks whether it may contact the customer",
        "question of another system",
        "questions of other systems",
    ),
    "customer.flagged": EventWords(
        "a complaint, incident, bereavement or fraud is noted",
        "no complaint, incident, bereavement or fraud is noted",
        "note of a complaint, incident, bereavement or fraud",
        "notes of complaints, incidents, bereavements or fraud",
    ),
    "customer.unflagged": EventWords(
        "a complaint, incident, bereavement or fraud is over",
        "no complaint, incident, bereavement or fraud is over",
        "end of a complaint, incident, bereavement or fraud",
        "ends of complaints, incidents, bereavements or fraud",
    ),
    "review.due": EventWords(
        "the models look at the customer anew",
        "the models do not look at the customer",
        "look of the models",
        "looks of the models",
    ),
}
"""Event type -> its words."""
