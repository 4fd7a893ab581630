from typing import Any

import msgpack
import pytest

from detectors.customer import Customer, pack, unpack
from detectors.event import Event
from detectors.learning.labels import PendingLabel, open_label
from rules.decide import Decider
from rules.decision import Decision
from rules.reactions import ECHO_S, MAX_OPEN, TALLY, TELL_S, Reactions
from rules.treated import is_treated, note_opened
from tests.rules.gates.build import DAY, HOUR, match, playbook, rule

AT = 1_000_000.0
BOOK = playbook(
    rule("call-back", cooldown="0s", window="2d"), rule("cards", topic="cards"),
    gates={"contact_window": "1s"},
)  # fmt: skip
HELD_OUT = playbook(rule("call-back", holdout=50))


def decided(who: Customer, at: float = AT, *, book: Any = BOOK, number: int = 0) -> list[Decision]:
    """Return a decision of a rule."""
    found = match(book.rules[number], at, occurrence=f"o-{at}")
    return Decider(book, 0, 1, "log").decide(who, [found])


def contact(at: float, **data: Any) -> Event:
    fields = {"call": "k", "direction": "inbound", "topic": "regular", **data}
    return Event(f"started-{at}", "crm", "contact.started", at, "c-1", fields)


def watching() -> Reactions:
    reactions = Reactions(3)
    reactions.adopt(BOOK)
    return reactions


def counted(reactions: Reactions, at: float = AT) -> dict[str, dict[str, int]]:
    """Return rule -> what its tally counts, zeros left out."""
    own = {"partition", "rule"}
    return {
        event.data["rule"]: {k: n for k, n in event.data.items() if n and k not in own}
        for event in reactions.tally(at)
    }


def test_what_went_out_is_counted_and_a_contact_after_it_once() -> None:
    reactions, who = watching(), Customer("c-1")
    reactions.decided(who, decided(who))
    for at in (AT + HOUR, AT + 2 * HOUR):
        reactions.happened(who, contact(at))

    assert counted(reactions) == {"call-back": {"sent": 1, "sent_contacts": 1}}
    assert "open" not in who.gates


@pytest.mark.parametrize(
    ("happens", "counts"),
    [
        (contact(AT), False),  # began before it, or with it
        (contact(AT + 0.1), True),
        (contact(AT + ECHO_S), True),
        (contact(AT + ECHO_S + 1.0), False),
        (contact(AT + HOUR, direction="outbound"), False),
        (contact(AT + HOUR, topic="cards"), False),  # what another rule is about
        (contact(AT + HOUR, topic="calls"), True),
    ],
)
def test_a_contact_counts_on_the_topic_within_72_h(happens: Event, *, counts: bool) -> None:
    reactions, who = watching(), Customer("c-1")
    reactions.decided(who, decided(who))
    reactions.happened(who, happens)

    assert ("sent_contacts" in counted(reactions)["call-back"]) is counts


def test_ghosts_are_counted_apart() -> None:
    reactions = watching()
    held = 0
    for number in range(40):
        who = Customer(f"c-{number}")
        found = decided(who, book=HELD_OUT)
        held += found[0].reason == "ghost"
        reactions.decided(who, found)
        reactions.happened(who, contact(AT + HOUR))

    assert 5 < held < 35
    assert counted(reactions)["call-back"] == {
        "sent": 40 - held, "sent_contacts": 40 - held, "ghosts": held, "ghost_contacts": held,
    }  # fmt: skip


def test_opt_outs_are_counted_for_rules_that_there_are() -> None:
    reactions, who = watching(), Customer("c-1")
    for name in ("call-back", "no-such-rule", None):
        data = {"action_id": "a", "rule": name}
        reactions.happened(who, Event(f"e-{name}", "crm", "action.opted_out", AT, "c-1", data))

    assert counted(reactions) == {"call-back": {"opted_out": 1}}


def test_where_customers_cannot_react_nothing_is_counted_and_nobody_is_treated() -> None:
    reactions, who = watching(), Customer("c-1")
    opened = {"clock": "log", "reacts": False}
    reactions.opened(Event("o", "test", "source.opened", AT, "", opened))
    reactions.decided(who, decided(who))

    assert counted(reactions) == {}
    assert set(who.gates) == {"sends"}
    assert not is_treated(who, AT)

    reactions.opened(Event("o2", "test", "source.opened", AT, "", {"reacts": True}))
    reactions.decided(who, decided(who, AT + DAY))
    assert counted(reactions) == {"call-back": {"sent": 1}}


def test_a_customer_is_treated_for_the_window_of_the_rule() -> None:
    reactions, who = watching(), Customer("c-1")
    assert not is_treated(who, AT)
    reactions.decided(who, decided(who))

    assert is_treated(who, AT + 2 * DAY)
    assert not is_treated(who, AT + 2 * DAY + 1.0)
    # A shorter window later does not shorten it.
    reactions.decided(who, decided(who, AT + HOUR, number=1))
    assert is_treated(who, AT + 2 * DAY)


def abandoned(at: float) -> PendingLabel:
    return PendingLabel("repeat", f"{at}", at, at + DAY, 0.5, 0.5, 0, True, {})


def held_out_customer(book: Any) -> tuple[Reactions, Customer, list[Decision]]:
    """Return the first customer whom the playbook's lots leave alone, before it is told."""
    for number in range(200):
        who = Customer(f"c-{number}")
        found = decided(who, book=book)
        if found[0].reason == "ghost":
            return watching(), who, found
    raise LookupError(number)


@pytest.mark.parametrize("percent", [10, 50])
def test_labels_of_who_is_held_out_stand_for_those_who_are_not(percent: int) -> None:
    book = playbook(rule("call-back", holdout=percent, window="2d"))
    reactions, who, found = held_out_customer(book)
    open_label(who, abandoned(AT - 60.0))
    reactions.decided(who, found)
    for at in (AT + 2 * DAY, AT + 2 * DAY + 1.0):
        open_label(who, abandoned(at))
        note_opened(who, at)

    assert [label.weight for label in who.labels] == pytest.approx([100 / percent] * 2 + [1])
    assert not any(label.treated for label in who.labels)
    again = unpack(who.id, pack(who, 0.0))
    assert again.labels == who.labels
    # What went out counts more: what follows is no label at all.
    reactions.decided(who, decided(who, AT + DAY))
    assert all(label.treated for label in who.labels)


def test_tallies_are_told_once_a_minute_and_never_twice() -> None:
    reactions, who = watching(), Customer("c-1")
    names = []
    for at in (AT, AT + TELL_S - 1.0, AT + TELL_S):
        reactions.decided(who, decided(who, at))
        told = reactions.tally(at)
        names += [(event.id, event.type, event.data["sent"]) for event in told]

    assert names == [("tally-3-1", TALLY, 1), ("tally-3-2", TALLY, 2)]
    assert reactions.tally(AT + DAY) == []


def test_what_is_open_is_bounded() -> None:
    reactions, who = watching(), Customer("c-1")
    for number in range(MAX_OPEN + 3):
        reactions.decided(who, decided(who, AT + number * HOUR))

    assert len(who.gates["open"]) == MAX_OPEN
    assert who.gates["open"][0][2] == AT + 3 * HOUR


def test_a_restart_changes_nothing() -> None:
    def run(*, cut: bool) -> list[list[Event]]:
        reactions, who, told = watching(), Customer("c-1"), []
        for number in range(12):
            at = AT + number * 40.0
            reactions.decided(who, decided(who, at))
            if number % 3 == 0:
                reactions.happened(who, contact(at + 1.0))
            told.append(reactions.tally(at))
            if cut:
                packed = msgpack.packb(reactions.snapshot())
                reactions = watching()
                reactions.restore(msgpack.unpackb(packed))
                who = unpack(who.id, pack(who, 0.0))
        return told

    assert run(cut=True) == run(cut=False)


def test_an_empty_state_is_no_record() -> None:
    assert watching().snapshot() is None
