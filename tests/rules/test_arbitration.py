import itertools

from rules.arbitration import Arbitration, rank
from rules.gates.gate import Candidate
from tests.rules.gates.build import DAY, HOUR, candidate, config, customer, rule, send

AT = 1_000_000.0


def named(name: str, **changes: object) -> Candidate:
    matched_at = changes.pop("matched_at", None)
    assert matched_at is None or isinstance(matched_at, float)
    return candidate(AT, of=rule(name, **changes), matched_at=matched_at)


def test_the_order_is_total_whatever_order_they_come_in() -> None:
    best_first = [
        named("z-critical", priority=1, **{"class": "critical"}),
        named("z-important", priority=90),
        named("z-earlier", priority=50, matched_at=AT - 1.0),
        named("a-first-by-name", priority=50),
        named("b-second-by-name", priority=50),
        named("a-selling", priority=100, **{"class": "promotional"}),
    ]

    for shuffled in itertools.permutations(best_first):
        ranked = rank(shuffled)
        assert [c.match.rule.id for c in ranked] == [c.match.rule.id for c in best_first]


def test_the_same_rule_is_ordered_by_occurrence_then_by_trigger() -> None:
    best_first = [named("call-back") for _ in range(3)]
    for one, (occurrence, event) in zip(
        best_first, [("a", "2"), ("b", "1"), ("b", "3")], strict=True
    ):
        one.match.occurrence, one.match.event.id = occurrence, event

    for shuffled in itertools.permutations(best_first):
        assert rank(shuffled) == best_first


def test_one_per_topic_until_the_contact_window_has_passed() -> None:
    gate = Arbitration(config(contact_window="1d"))

    for age_s, passes in ((0.0, False), (DAY - 0.5, False), (DAY, True)):
        who = customer(sends=[send(AT - age_s, rule="another")])
        assert gate.check(candidate(AT, who=who))[0] is passes


def test_another_topic_is_free() -> None:
    who = customer(sends=[send(AT - HOUR, topic="cards")])

    assert Arbitration(config()).check(candidate(AT, who=who)) == (True, "first on calls")


def test_the_loser_names_the_newest_winner() -> None:
    who = customer(sends=[send(AT - 2 * HOUR, rule="earlier"), send(AT - HOUR, rule="winner")])

    assert Arbitration(config()).check(candidate(AT, who=who)) == (
        False, "lost to winner, 1 h ago; one on calls in 24 h",
    )  # fmt: skip


def test_a_live_rule_does_not_lose_to_a_shadow() -> None:
    who = customer(sends=[send(AT - HOUR, shadow=True)])

    assert Arbitration(config()).check(candidate(AT, who=who))[0]
    assert not Arbitration(config()).check(candidate(AT, who=who, shadow=True))[0]
