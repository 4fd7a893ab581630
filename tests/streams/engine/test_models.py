"""Models in the engine: withdrawn when they know nothing, learning alike after a restart."""

import math
import random
from typing import Any

import orjson
import pytest

from detectors.activity import AGAIN_S
from detectors.contacts import DAY_S
from detectors.event import Event
from detectors.learning.gate import MIN_LABELS
from detectors.learning.labels import HORIZON_S, Label
from detectors.models.weights import WEIGHTS
from rules.playbook.models import Playbook
from streams.engine.contract import Outgoing
from streams.engine.processor import Processor
from tests.rules.build import playbook, rule
from tests.streams.engine.build import (
    NOW,
    PARTITIONS,
    compacted,
    contact,
    default_playbook,
    interactions,
    log_of,
    of,
    only,
    playbook_switch,
    processor,
    progress,
)

NOON = 915_321_600.0 + 10 * 3600  # Sunday 3 January 1999, noon in Israel


def playbook_with(when: str, if_: str, **keys: Any) -> Playbook:
    """Return a playbook of one rule that runs along."""
    return playbook(rule("tried", when=when, if_=if_, mode="shadow", cooldown="0s", **keys))


def worker_with(playbook: Playbook) -> Processor:
    worker = Processor(0, PARTITIONS, "log", only(playbook))
    worker.process(log_of([playbook_switch(playbook.hash)]))
    return worker


def lost_calls(count: int, begin: float, *, shuffled: bool) -> list[Event]:
    """Return calls of strangers: who waits in a long queue hangs up; or by mere chance."""
    chance = random.Random(5)
    events = []
    for i in range(count):
        at, long = begin + 600.0 * i, chance.random() < 0.4
        gives_up = (chance.random() < 0.4) if shuffled else long
        call = f"{begin}-{i}"
        data = {"queue": "calls", "length": 20 if long else 0}
        events.append(Event(f"q-{call}", "bank", "queue.state", at, "", data))
        stage = "abandoned" if gives_up else "answered"
        events += [
            contact("started", at, f"call:{call}", call),
            contact("queued", at + 1, f"call:{call}", call),
            contact(stage, at + 60, f"call:{call}", call, wait_s=59.0),
            contact("ended", at + 61, f"call:{call}", call, wait_s=59.0, outcome=stage),
        ]
    return events


def ask(at: float) -> list[Event]:
    """Return a queue full of people that a known customer enters."""
    full = {"queue": "calls", "length": 20}
    return [
        Event(f"full-{at}", "bank", "queue.state", at, "", full),
        contact("started", at, "7", f"ask-{at}"),
        contact("queued", at + 1, "7", f"ask-{at}"),
    ]


def decisions(output: list[Outgoing], rule: str = "tried") -> list[dict[str, Any]]:
    return [
        data
        for event in of(output, "decisions")
        if isinstance(data := event["data"], dict) and data["rule"] == rule
    ]


def test_a_model_of_shuffled_labels_withdraws_itself_and_comes_back() -> None:
    worker = worker_with(playbook_with("contact.queued", "score.abandon > 0.01"))
    first = decisions(worker.process(log_of(ask(NOON))))
    assert [data["reason"] for data in first] == ["shadow"]

    worker.process(log_of(lost_calls(2 * MIN_LABELS, NOON + DAY_S, shuffled=True)))
    gate = worker.mind.models.watched()["abandon"].gate
    assert gate.withdrawn

    later = NOON + 10 * DAY_S
    silent = decisions(worker.process(log_of(ask(later))))
    assert [data["reason"] for data in silent] == ["missing_fact"]
    assert silent[0]["missing"] == ["score.abandon"]
    assert silent[0]["facts"]["score.abandon"] is None
    detail = silent[0]["gates"][-1][2]
    assert detail.startswith("no value of score.abandon; score.abandon is withdrawn: gain over ")

    worker.process(log_of(lost_calls(1_200, later + DAY_S, shuffled=False)))
    assert not gate.withdrawn
    again = decisions(worker.process(log_of(ask(later + 20 * DAY_S))))
    assert [data["reason"] for data in again] == ["shadow"]


def test_what_a_withdrawn_model_says_weighs_nothing_against_other_rules() -> None:
    worth = {"value": 100.0, "cost": 3.0, "propensity": "score.abandon"}
    worker = worker_with(playbook_with("contact.queued", "event.call != ''", **worth))
    [known] = decisions(worker.process(log_of(ask(NOON))))
    worker.process(log_of(lost_calls(2 * MIN_LABELS, NOON + DAY_S, shuffled=True)))
    [silent] = decisions(worker.process(log_of(ask(NOON + 10 * DAY_S))))

    score = known["models"][0]["score"]
    assert known["arbitration"]["score"] == pytest.approx(100.0 * score - 3.0, abs=1e-6)
    assert "withdrawn" not in known["models"][0]
    assert silent["arbitration"]["score"] == -3.0
    assert silent["models"][0]["withdrawn"] is True


def test_a_rule_that_would_not_have_fired_is_silent_without_a_word() -> None:
    worker = worker_with(playbook_with("contact.queued", "score.abandon > 0.999"))
    worker.process(log_of(lost_calls(2 * MIN_LABELS, NOON, shuffled=True)))

    assert worker.mind.models.watched()["abandon"].gate.withdrawn
    assert decisions(worker.process(log_of(ask(NOON + 10 * DAY_S)))) == []


def test_unless_needs_the_score_of_a_model_in_use() -> None:
    playbook = playbook_with("contact.queued", "event.call != ''", unless="score.abandon > 0.999")
    worker = worker_with(playbook)
    worker.process(log_of(lost_calls(2 * MIN_LABELS, NOON, shuffled=True)))
    found = decisions(worker.process(log_of(ask(NOON + 10 * DAY_S))))

    assert [data["reason"] for data in found] == ["missing_fact"]
    assert "score.abandon is withdrawn: " in found[0]["gates"][-1][2]


@pytest.mark.parametrize("cut", [700, 1_900])
def test_learning_goes_on_alike_wherever_a_worker_was_killed(cut: int) -> None:
    log = interactions()[1]
    undisturbed, killed = processor(1), processor(1)
    state: dict[bytes, bytes] = {}
    undisturbed.process(log)
    killed.process(log[:cut])
    compacted(state, killed)
    killed.process(log[cut : cut + 50])  # lost with the worker
    second = processor(1)
    for key, value in state.items():
        second.restore(key, value)
    second.restored(0)
    second.process(log[cut:])
    compacted(state, second)

    expected = compacted({}, undisturbed)
    models = {key for key in expected if key.startswith(b"model:")}
    assert len(models) == 7
    assert {key: state[key] for key in models} == {key: expected[key] for key in models}
    assert undisturbed.mind.models.labels_learnt("abandon") > 100


def happened(kind: str, at: float, customer: str = "7", **data: object) -> Event:
    return Event(f"{kind}-{at}", "crm", kind, at, customer, data)


def labels(output: list[Outgoing]) -> list[dict[str, Any]]:
    return [orjson.loads(r.value or b"") for r in output if r.topic == "labels"]


def test_a_fading_customer_is_reviewed_and_silence_is_learnt_at_the_horizon() -> None:
    worker = worker_with(playbook_with("review.due", "score.silence > 0.01"))
    worker.process(log_of([happened("order.placed", NOON, amount=10.0)]))
    # One day of use is halved once after 8 weeks: then the customer is looked at.
    early = worker.process(log_of([progress(NOON + 55 * DAY_S)]))
    output = worker.process(log_of([progress(NOON + 57 * DAY_S)]))

    assert decisions(early) == []
    found = decisions(output)
    assert [data["trigger"]["type"] for data in found] == ["review.due"]
    assert found[0]["trigger"]["at"] == NOON + 56 * DAY_S
    due = NOON + 56 * DAY_S + HORIZON_S["silence"]
    assert labels(worker.process(log_of([progress(due)]))) == []
    told = labels(worker.process(log_of([progress(due + 1)])))
    assert [(label["model"], label["y"]) for label in told] == [("silence", 1)]


def test_activity_within_the_horizon_is_no_silence() -> None:
    worker = worker_with(default_playbook())
    worker.process(log_of([happened("order.placed", NOON), progress(NOON + 57 * DAY_S)]))
    worker.process(log_of([happened("usage.session", NOON + 100 * DAY_S)]))
    told = labels(worker.process(log_of([progress(NOON + 160 * DAY_S)])))

    assert [(label["model"], label["y"]) for label in told] == [("silence", 0)]


@pytest.mark.parametrize(("cancels_after", "y"), [(20, 1), (80, 0)])
def test_churn_is_what_is_cancelled_within_the_horizon(cancels_after: int, y: int) -> None:
    worker = worker_with(default_playbook())
    at = NOON + AGAIN_S
    worker.process(log_of([happened("profile.updated", NOON, plan="gold"), progress(at + 1)]))
    cancelled = happened("subscription.cancelled", at + cancels_after * DAY_S, subscription="s")
    told = labels(worker.process(log_of([cancelled, progress(at + 90 * DAY_S)])))

    churn = [label for label in told if label["model"] == "churn"]
    assert [(label["t0"], label["y"]) for label in churn][:1] == [(at, y)]


def test_a_customer_has_one_open_label_of_a_kind() -> None:
    worker = worker_with(default_playbook())
    worker.process(log_of([happened("profile.updated", NOON, plan="gold")]))
    worker.process(log_of([progress(NOON + 5 * AGAIN_S)]))

    kinds = [label.model for label in worker.customers.get("7").labels]
    assert sorted(kinds) == ["churn"]
    # Looked at every 30 days; the label of the second look waits for 60 days from the first.
    assert worker.mind.models.watched()["churn"].gate.opened == 2


def test_what_gets_in_the_way_is_scored_and_the_contact_that_follows_learnt() -> None:
    worker = worker_with(default_playbook())
    failures = [happened("login.failed", NOON + i, reason="locked") for i in range(3)]
    worker.process(log_of([*failures, contact("started", NOON + 3600, "7", "c")]))
    told = labels(worker.process(log_of([progress(NOON + 2 * DAY_S)])))

    found = [label for label in told if label["model"] == "contact"]
    assert [label["y"] for label in found] == [1]


def test_a_rating_that_comes_with_words_is_learnt_at_once_and_no_word_is_kept() -> None:
    worker = worker_with(default_playbook())
    secret = "Umständlichkeitskrämerei"
    event = happened(
        "feedback.received", NOON, feedback="f", text=secret, scale="csat", score=1, source="survey"
    )
    output = worker.process(log_of([event]))

    assert [(label["model"], label["y"]) for label in labels(output)] == [("sentiment", 0)]
    written = [*output, *worker.checkpoint()]
    assert secret.encode() not in b"".join(record.value or b"" for record in written)
    assert worker.process(log_of([event])) == []  # told again: nothing is learnt twice
    assert worker.mind.models.labels_learnt("sentiment") == 1


def test_weights_are_taken_where_their_record_stands() -> None:
    worker = processor()
    data = {"model": "repeat", "weights": {"first": -2.5, "no such input": 1.0}, "intercept": -1.0}
    worker.process(log_of([Event("w", "precede/models", WEIGHTS, NOW, "", data)]))
    head = worker.mind.models.watched()["repeat"].model.head

    assert head.snapshot()["weights"] == [["first", -2.5]]
    assert head.score({"first": 1.0}) == pytest.approx(1 / (1 + math.exp(3.5)))
    unknown = Event("x", "precede/models", WEIGHTS, NOW, "", {"model": "nobody"})
    assert worker.process(log_of([unknown])) == []


def test_drift_swaps_in_what_learnt_since_the_warning() -> None:
    worker = processor()
    model = worker.mind.models.watched()["abandon"]
    chance = random.Random(1)
    for i in range(6_000):
        long = chance.random() < 0.5
        y = int(chance.random() < (0.9 if long == (i < 4_000) else 0.1))
        x = {"length": 1.0} if long else {"in_service": 1.0}
        score = model.model.head.score(x)
        model.learn(Label("abandon", f"{i}", float(i), score, 0.5, y, 0, True, x))

    assert model.swaps == 1
    assert model.model.head.score({"length": 1.0}) < 0.3
    again = worker.mind.models.watched()["abandon"].snapshot()
    other = processor().mind.models
    other.restore({"abandon": again})
    assert other.snapshot()["abandon"] == again
