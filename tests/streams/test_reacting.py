"""What is planted in a simulated world is what the figures say, within their intervals."""

import pytest

from rules.brake import RELEASE
from rules.proof.scorecard import Scorecard, scorecards
from tests.rules.gates.build import HOUR
from tests.streams.reacting import People, World, book


def card(world: World) -> Scorecard:
    found = scorecards(world.history, world.outcomes, world.decisions, world.playbook)
    return found["call-back"]


@pytest.fixture(scope="module")
def world() -> World:
    return World(book(), People()).run(2000)


def test_the_planted_uplift_and_lead_time_lie_within_the_intervals(world: World) -> None:
    found, people = card(world), world.people

    # Within a day call practically all who will: the lead time's logarithm is 3.5 sigma away.
    treated = people.wish * (1 - people.spared)
    assert found.called is not None
    assert found.called.interval is not None
    low, high = found.called.interval
    assert low <= treated - people.wish <= high < 0.0
    assert found.verdict == "fewer"
    assert found.pre_empted is not None
    low, high = found.pre_empted[1]
    assert low <= people.spared <= high
    assert found.lead.interval is not None
    low, high = found.lead.interval
    assert low <= people.lead_s <= high
    assert high - low < 2 * HOUR


def test_the_arms_are_as_drawn_and_everybody_is_in_one(world: World) -> None:
    found = card(world)

    assert found.treated + found.ghosts == 2000
    assert (found.contaminated, found.open, found.is_blocked) == (0, 0, False)
    assert found.candidates == {"ghost": found.ghosts, "sent": found.treated}
    assert found.late.hits == 0


def test_answers_are_what_was_planted(world: World) -> None:
    accepted = card(world).as_json()["adoption"]

    # Known of those who answered; nobody delivers here, so all who are known accepted.
    assert accepted["n"] == accepted["hits"]
    assert abs(accepted["hits"] / card(world).treated - world.people.accepts) < 0.05


def test_what_treated_customers_did_is_told_and_not_learnt(world: World) -> None:
    treated = [label for label in world.labels if label["treated"]]
    learnt = world.processor.mind.models.labels_learnt("repeat")
    repeat = [label for label in world.labels if label["model"] == "repeat"]

    assert 0 < len(treated) < len(world.labels)
    assert learnt == sum(not label["treated"] for label in repeat)
    # The call that set the rule off is decided under treatment where the action went out.
    sent = {each.trigger_id.removesuffix("-abandoned") for each in world.decisions if each.fired}
    first = {label["label_id"].removeprefix("repeat:"): label["treated"] for label in repeat}
    own = {call: told for call, told in first.items() if not call.endswith("-abandoned-2")}
    assert own == {call: call in sent for call in own}
    assert len(own) == 2000


def test_who_was_left_alone_stands_for_those_who_were_not(world: World) -> None:
    repeat = [label for label in world.labels if label["model"] == "repeat"]
    first = [label for label in repeat if not label["label_id"].endswith("-abandoned-2")]
    left_alone = [label for label in first if not label["treated"]]

    assert {label.get("weight") for label in left_alone} == {5.0}  # a fifth is held out
    stands_for = sum(label["weight"] for label in left_alone)
    assert abs(stands_for - 2000) < 4 * 5 * (2000 * 0.2 * 0.8) ** 0.5
    rate = sum(label["y"] for label in left_alone) / len(left_alone)
    assert abs(rate - world.people.wish) < 4 * (0.24 / len(left_alone)) ** 0.5


def test_where_nobody_can_react_all_is_learnt_and_nothing_is_claimed() -> None:
    world = World(book(), People(spared=0.0, accepts=0.0), reacts=False).run(300)

    assert not any(label["treated"] or "weight" in label for label in world.labels)
    assert {each.reason for each in world.decisions} == {"sent", "ghost"}
    assert world.history.replayed_until >= max(each.at for each in world.decisions)
    assert card(world).candidates == {}
    assert world.said["control.tally"] == 0


def test_without_an_effect_none_is_shown() -> None:
    found = card(World(book(), People(spared=0.0), seed=5).run(800))

    assert found.verdict == "no difference shown"


def test_a_rule_that_customers_opt_out_of_is_braked_and_comes_back_when_released() -> None:
    world = World(book(), People(opts_out=0.15))
    world.run(400)

    assert world.said["control.brake"] == 1
    reasons = [each.reason for each in world.decisions]
    first = reasons.index("brake")
    assert set(reasons[first:]) == {"brake"}
    assert 50 < first < 399
    why = world.processor.mind.brake.why("call-back")
    assert why is not None
    assert why.startswith("opt-outs: ")

    world.control(RELEASE, rule="call-back", by="ann", reason="new wording")
    assert world.processor.mind.brake.braked == {}


def test_a_rule_that_makes_customers_call_is_braked() -> None:
    world = World(book(), People(annoyed=0.5, spared=0.0)).run(900)

    assert world.said["control.brake"] == 1
    why = world.processor.mind.brake.why("call-back")
    assert why is not None
    assert why.startswith("echo contacts: ")


def test_a_restart_keeps_brake_counts_and_treated_customers() -> None:
    world = World(book(), People(opts_out=0.15)).run(60)
    state = {record.key: record.value for record in world.processor.checkpoint()}

    again = World(book(), People()).processor
    for key, value in sorted(state.items(), key=lambda item: item[0] != b"playbook"):
        if value is not None:
            again.restore(key or b"", value)
    again.restored(0)
    assert again.mind.brake.snapshot() == world.processor.mind.brake.snapshot() is not None
    assert again.mind.reactions.snapshot() == world.processor.mind.reactions.snapshot()
    sent = next(each for each in world.decisions if each.fired)
    for processor in (again, world.processor):
        assert "treated" in processor.customers.get(sent.customer).gates
