from typing import Any

from rules.backtest.needs import Missing, missing, needed, watched
from rules.playbook.models import Rule
from tests.rules.gates.build import rule


def read(**changes: Any) -> Rule:
    return Rule.model_validate(rule(**changes))


def test_a_rule_needs_what_sets_it_off_and_watches_what_it_counts() -> None:
    counts = read(when="card.declined", facts={"n": {"count": "login.failed", "within": "24h"}})

    assert needed(counts) == {"card.declined"}
    assert watched(counts) == {"login.failed"}
    assert missing(counts, {"login.failed"}) == Missing(("card.declined",), ())
    assert missing(counts, {"card.declined"}) == Missing((), ("login.failed",))


def test_an_event_that_is_both_needed_and_counted_is_needed() -> None:
    both = read(when="card.declined", facts={"n": {"count": "card.declined", "within": "24h"}})

    assert watched(both) == set()


def test_of_a_sequence_every_step_is_needed_but_not_what_must_stay_away() -> None:
    steps = [
        {"event": "page.view"},
        {"event": "contact.abandoned"},
        {"absent": "contact.started", "for": "15m"},
    ]
    waits = read(when=None, sequence=steps)

    assert needed(waits) == {"page.view", "contact.abandoned"}
    assert watched(waits) == {"contact.started"}
    assert missing(waits, set()).is_mute
    assert not missing(waits, {"page.view", "contact.abandoned"}).is_mute


def test_an_absence_needs_the_event_that_arms_it() -> None:
    stays_away = read(when=None, absence={"of": "usage.session", "for": "14d"})

    assert needed(stays_away) == {"usage.session"}


def test_what_a_play_waits_for_is_watched() -> None:
    play = rule(when="card.declined")
    wait = {"wait_for": "task.done", "within": "1h", "else": "stop"}
    read_play = Rule.model_validate(play | {"then": [*play["then"], wait]})

    assert needed(read_play) == {"card.declined"}
    assert watched(read_play) == {"task.done"}
