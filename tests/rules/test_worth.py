import pytest

from rules.arbitration import rank, score, worth
from rules.decide import Decider
from rules.gates.gate import Candidate
from rules.match import Evidence
from rules.playbook.models import Playbook, Rule
from tests.rules.gates.build import candidate, customer, match, playbook, rule

AT = 1_000_000.0


def known(name: str, probability: float, **changes: object) -> Candidate:
    """Return a candidate whose rule has seen a score."""
    made = candidate(AT, of=rule(name, **changes))
    made.match.evidence.append(Evidence("repeat", 7, probability, 0.1, []))
    return made


def test_without_the_keys_the_priority_is_the_score() -> None:
    for priority in (0, 50, 100):
        made = candidate(AT, of=rule(priority=priority))
        assert score(made) == float(priority)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"value": 12.5}, 12.5),
        ({"value": 12.5, "lever": 2, "cost": 0.5}, 24.5),
        ({"priority": 40, "propensity": "score.repeat"}, 10.0),
        ({"value": 80, "propensity": "score.repeat", "lever": 0.5, "cost": 3}, 7.0),
        ({"value": 0, "cost": 3}, -3.0),
        ({"value": 80, "propensity": "score.abandon", "cost": 3}, -3.0),  # not known here
    ],
)
def test_it_is_propensity_by_value_by_lever_less_cost(
    changes: dict[str, object], expected: float
) -> None:
    assert score(known("r", 0.25, **changes)) == expected


def test_what_a_withdrawn_model_says_is_not_known() -> None:
    made = known("r", 0.25, value=80, propensity="score.repeat", cost=3)
    made.match.evidence[0].withdrawn = True

    assert score(made) == -3.0


def test_the_weight_of_the_force_multiplies() -> None:
    of = (rule(force="control"), rule("other", topic="t"), rule("b", topic="b", force="status"))
    written = playbook(*of).model_dump(by_alias=True)
    book = Playbook.model_validate(written | {"context": {"control": 1.5}})
    decisions = Decider(book, 0, 1, "log").decide(
        customer(), [match(each, AT) for each in book.rules]
    )

    # A force without a weight of its own weighs 1.
    assert [decision.score for decision in decisions] == [75.0, 50.0, 50.0]


def test_differences_below_a_millionth_are_none() -> None:
    one = Rule.model_validate(rule(value=0.1, lever=3))
    other = Rule.model_validate(rule(value=0.3))

    assert 0.1 * 3 != 0.3
    assert worth(one, 1.0, 1.0) == worth(other, 1.0, 1.0) == 0.3


def test_the_more_probable_need_goes_first_then_the_id() -> None:
    low = known("a-low", 0.2, value=10, propensity="score.repeat")
    high = known("z-high", 0.4, value=10, propensity="score.repeat")
    same = known("m-same", 0.4, value=10, propensity="score.repeat")

    for order in ([low, high, same], [same, high, low], [high, low, same]):
        assert [c.match.rule.id for c in rank(order)] == ["m-same", "z-high", "a-low"]
