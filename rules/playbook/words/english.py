"""Rules in English."""

from rules.language.vocabulary import VOCABULARY
from rules.playbook.words.english_events import EVENT_WORDS
from rules.playbook.words.english_felt import FELT_EVENTS, FELT_NAMES, FELT_TRUTHS
from rules.playbook.words.english_names import NAME_WORDS, TRUTH_WORDS
from rules.playbook.words.english_reach import REACH_WORDS
from rules.playbook.words.english_work import WORK_WORDS
from rules.playbook.words.language import EventWords, Language

_PERIODS = {"s": "s", "m": "min", "h": "h", "d": "days"}
_PATTERNS = {
    "quote": "\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}",
    "word": "{text}",
    "and": "and",
    "or": "or",
    "always": "it is so in any case",
    "never": "it is so in no case",
    "known": "{a} is known",
    "unknown": "{a} is unknown",
    "true": "{a} holds",
    "false": "{a} does not hold",
    "not": "it is not the case that {a}",
    "same": "{a} exactly if {b}",
    "differ": "either {a} or {b}, not both",
    "<": "{a} is under {b}",
    "<=": "{a} is at most {b}",
    ">": "{a} is over {b}",
    ">=": "{a} is at least {b}",
    "==": "{a} is {b}",
    "!=": "{a} is not {b}",
    "< name": "{a} is less than {b}",
    "<= name": "{a} is not more than {b}",
    "> name": "{a} is more than {b}",
    ">= name": "{a} is not less than {b}",
    "== name": "{a} is the same as {b}",
    "!= name": "{a} is not the same as {b}",
    "is": "{a} is {b}",
    "not value": "not {b}",
    "or never": "{a} or there was none",
    "starts_with": "{a} begins with {b}",
    "contains": "{a} contains {b}",
    "hour now": "the hour of the day",
    "hour": "the hour of the day of ({a})",
    "min": "the smallest of ({a})",
    "max": "the largest of ({a})",
    "count": "the number of {many} in {within}{only}",
    "since": "the time since the last {one}{only}",
    "last": "{name} in the last {one}{only}",
    "last within": "{name} in the last {one} of {within}{only}",
    "sum": "{name} added up over {many} in {within}{only}",
    "only": " (only those where {a})",
    "when": "When {a}, {b}.",
    "with": "{a}, and {b}",
    "with steps": "{a}, and if then {b}",
    "unless": "{a}, unless {b}",
    "where": "{a} (if {b})",
    "repeated": "{a} {times}",
    "repeated within": "{a} {times} within {within}",
    "next": ", then ",
    "all within": "{a}, all within {within}",
    "absent": "{a}, and then for {wait} {b}",
    "absence": "for {wait} after the last {one} {b}",
    "absence if": "for {wait} after the last {one} (if {a}) {b}",
    "armed": "{a}, provided that at that time {b}",
    "strict": "{a}, with no other event of these kinds in between",
    "none": "{a}, each event free to count again",
    "task": "{to} gets the task {template} ({how})",
    "offer": "the customer is offered {template} ({how})",
    "message": "the customer gets the message {template} ({how})",
    "other": "{do} {template} is done ({how})",
    "channel": "by {channel}",
    "team": "with {team}",
    "due": "due within {due}",
    "after that": "; then ",
    "lead": "",
    "awaits": "we wait for up to {within} until {a}, else {b}",
    "in vain": "{a} and that is all",
    "in vain stop": "that is all",
    "wait": "we let {wait} pass",
    "until": "{a}; it all ends as soon as {b} or the customer asks about it",
    "asked": "{a}; it all ends as soon as the customer asks about it",
    "cooldown": "{a}; after that the rule leaves the customer alone for {cooldown}",
    "once": "{a}, once for each value of {name}",
    "draft": "{a}; so far it is a draft and does not run",
    "shadow": "{a}; so far it only decides and records, and sends nothing",
    "canary": "{a}; so far it is live for {percent} % of the customers",
    "retired": "{a}; it is retired and does not run",
}


def _event(kind: str) -> EventWords:
    quoted = _PATTERNS["quote"].format(text=kind)
    return EventWords(
        f"the event {quoted} comes",
        f"no event {quoted} comes",
        f"event {quoted}",
        f"events {quoted}",
    )


def _name(name: str) -> str:
    """Return words made of the name itself.

    >>> _name("event.wait_s"), _name("customer.contacts_7d"), _name("signal.queue_wait")
    ('the wait', 'the number of contacts in 7 days', 'the strength of the signal “queue wait”')
    """
    space, _, key = name.rpartition(".")
    known = {"score": VOCABULARY.scores, "signal": VOCABULARY.signals}.get(space, {}).get(key)
    words = key.split("_")
    if words[-1] == "s":
        words.pop()
    end = words[-1]
    within = ""
    if len(words) > 1 and end[:-1].isdigit() and end[-1] in _PERIODS:
        within = f" in {end[:-1]} {_PERIODS[end[-1]]}"
        words.pop()
    plain = " ".join(words)
    if space == "score":
        meaning = known.meaning if known is not None else ""
        if meaning.startswith("Will "):
            return f"the chance that the customer will {meaning.removeprefix('Will ')}"
        return f"the score {_PATTERNS['quote'].format(text=plain)}"
    if space == "signal":
        return f"the strength of the signal {_PATTERNS['quote'].format(text=plain)}"
    if within:
        return f"the number of {plain}{within}"
    return f"the customer's {plain}" if space == "customer" else f"the {plain}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


_EVENTS = EVENT_WORDS | FELT_EVENTS | REACH_WORDS | WORK_WORDS
_NAMES, _TRUTHS = NAME_WORDS | FELT_NAMES, TRUTH_WORDS | FELT_TRUTHS
ENGLISH = Language(_EVENTS, _NAMES, _TRUTHS, _PATTERNS, _PERIODS, _event, _name, _times)
