"""Words in English for what friction is felt from, and for what it adds up to."""

from rules.playbook.words.language import EventWords

FELT_EVENTS = {
    "contact.waiting": EventWords(
        "a caller still waits in the queue",
        "no caller waits in the queue",
        "look at a waiting caller",
        "looks at waiting callers",
    ),
    "contact.transferred": EventWords(
        "a contact is passed on", "no contact is passed on", "contact passed on",
        "contacts passed on",
    ),
    "contact.held": EventWords(
        "the customer was on hold", "the customer was never on hold", "hold", "holds"
    ),
    "contact.analysed": EventWords(
        "a conversation is analysed", "no conversation is analysed", "analysed conversation",
        "analysed conversations",
    ),
    "contact.sentiment": EventWords(
        "the mood of a conversation is measured",
        "no mood of a conversation is measured",
        "measured mood",
        "measured moods",
    ),
    "ivr.step": EventWords(
        "a caller takes a step in the voice menu",
        "no caller takes a step in the voice menu",
        "step in the voice menu",
        "steps in the voice menu",
    ),
    "page.left": EventWords(
        "the customer leaves a page", "the customer leaves no page", "page left", "pages left"
    ),
    "ui.pointer": EventWords(
        "the pointer moves", "the pointer does not move", "pointer movement", "pointer movements"
    ),
    "form.rejected": EventWords(
        "a form refuses an entry", "no form refuses an entry", "refused entry", "refused entries"
    ),
    "form.returned": EventWords(
        "the customer goes back to a field",
        "the customer goes back to no field",
        "return to a field",
        "returns to a field",
    ),
    "shipment.scanned": EventWords(
        "a parcel is seen on its way", "no parcel is seen on its way", "parcel seen",
        "parcels seen",
    ),
}  # fmt: skip
"""Event type -> its words."""

_SIGNALS = {
    "transfer": "passed on",
    "hold": "on hold",
    "callback_not_kept": "call-back not kept",
    "channel_switch": "change of channel",
    "web_to_call": "call after a failed visit",
    "ivr_loop": "lost in the voice menu",
    "zero_out": "wants out of the voice menu",
    "long_silence": "long silence",
    "negative_sentiment": "bad mood",
    "cursor_thrash": "searching pointer",
    "excessive_scroll": "scrolling in vain",
    "quick_back": "back at once",
    "form_loop": "form that keeps refusing",
    "delivery_silence": "parcel nobody hears of",
    "case_overdue": "overdue case",
}
FELT_NAMES = {
    "event.node": "the place in the voice menu",
    "event.hold_s": "the time on hold",
    "event.longest_silence_s": "the longest silence",
    "event.silent_share": "the silent share",
    "event.sentiment": "the mood",
    "event.callback": "the promised call's id",
    "event.dwell_s": "the time on the page",
    "event.scrolled_px": "the distance scrolled",
    "event.page_px": "the height of the page",
    "event.turns": "the number of turns",
    "event.travel_px": "the way of the pointer",
    "event.displacement_px": "the distance the pointer got",
    "event.field": "the field",
    "signal.friction_visit": "the friction of the visit",
    "signal.friction_5m": "the friction of the last minutes",
    "signal.friction_1d": "the friction of the last day",
    "signal.friction_7d": "the friction of the last week",
    "signal.effort": "the effort of the open issue",
    **{
        f"signal.{name}": f"the strength of the signal “{words}”"
        for name, words in _SIGNALS.items()
    },
}
"""Full name -> a noun phrase in the singular."""

FELT_TRUTHS = {
    "event.warm": (
        "the next agent was told what it is about",
        "the next agent was not told what it is about",
    ),
    "event.agent_asked": ("the caller asked for an agent", "the caller asked for no agent"),
    "event.understood": ("the menu understood the caller", "the menu misunderstood the caller"),
}
"""Full name of a bool -> when it is true, and when it is false."""
