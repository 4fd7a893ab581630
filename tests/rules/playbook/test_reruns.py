"""Reruns of cases: what they notice, and what they must not complain about."""

from typing import Any

import pytest

from detectors.customer import Customer
from detectors.event import Event
from rules.decide import Decider
from rules.language.vocabulary import VOCABULARY
from rules.match import Match
from rules.playbook.arrival import Arrival
from rules.playbook.loader import load
from rules.playbook.models import Playbook
from rules.playbook.reruns import play_restored, play_shuffled
from rules.playbook.stage import Stage
from rules.playbook.testing import CaseResult, run_tests
from rules.playbook.timeline import START_AT, Timeline, read_timeline
from rules.playbook.written import rule_trees
from rules.program import Program
from tests.rules.playbook.texts import PLAYBOOK, RULE, texts

HEAD, _, TAIL = RULE.partition("    when: contact.abandoned\n")
_, _, REST = TAIL.partition("    topic: calls\n")
THEN = REST.partition("    tests:\n")[0]


def written(when: str, *cases: str) -> Playbook:
    """The small playbook with another trigger and condition, and other cases.

    A case is its events and what is expected, in YAML, split at ``=>``; before a ``|`` it gives
    values. Whatever else, one case fires and one is silent, or the playbook would not load.
    """
    lines = [HEAD.rstrip("\n"), *(f"    {line}" for line in when.split("\n")), "    topic: calls"]
    lines += [THEN.rstrip("\n"), "    tests:"]
    for number, case in enumerate(cases):
        given, _, rest = case.rpartition("|")
        events, _, expect = rest.partition("=>")
        lines.append(f"      - name: case {number}")
        lines += [f"        given: {{{given.strip()}}}"] if given else []
        lines += [f"        events: [{events.strip()}]", f"        expect: [{expect.strip()}]"]
    # What is said of the event is another matter.
    rule = "\n".join(lines).replace("waited {event.wait_s}", "-").replace("level: 2", "level: 1")
    playbook = PLAYBOOK.replace("They waited {event.wait_s}", "-")
    return load(texts(rule + "\n", playbook))


def messages(results: list[CaseResult], run: str) -> list[str]:
    return [f.message for result in results for f in result.failures if f.run == run]


ENDED = "event: contact.ended, call: a, direction: inbound"
SILENT = "{at: 0s, event: contact.ended, outcome: answered} =>"


class TestAbsent:
    def test_a_rule_that_fires_for_the_lack_of_a_value_is_named(self) -> None:
        playbook = written(
            "when: contact.ended\nif: not (score.repeat > 0.5)",
            f"score.repeat: 0.4 | {{at: 0s, {ENDED}}} => {{at: 0s, fires: call-back-soon}}",
            f"score.repeat: 0.9 | {{at: 3s, {ENDED}}} =>",
        )
        [message] = messages(run_tests(playbook), "absent")

        assert message == "without score.repeat, call-back-soon fires at 3s"

    @pytest.mark.parametrize(
        "condition",
        [
            # It is asked for; a comparison with nothing is false; a missing one suppresses.
            "if: not has(score.repeat) or score.repeat < 0.5",
            "if: score.repeat < 0.5",
            "if: event.service_s >= 0s\nunless: score.repeat > 0.5",
        ],
    )
    def test_a_rule_that_says_what_it_does_without_the_value_is_fine(self, condition: str) -> None:
        events = f"{{at: 0s, {ENDED}, service_s: 1s}}"
        playbook = written(
            f"when: contact.ended\n{condition}",
            f"score.repeat: 0.4 | {events} => {{at: 0s, fires: call-back-soon}}",
            f"score.repeat: 0.9 | {events} =>",
        )

        assert messages(run_tests(playbook), "absent") == []

    def test_a_name_that_the_case_does_not_give_is_left_out_of_the_customer_too(self) -> None:
        playbook = written(
            "when: contact.started\nif: not (customer.last_wait > 5s)",
            "{at: 0s, event: contact.started} => {at: 0s, fires: call-back-soon}",
            f"{{at: 0s, {ENDED}, wait_s: 9s}}, {{at: 60s, event: contact.started}} =>",
        )
        [message] = messages(run_tests(playbook), "absent")

        assert message == "without customer.last_wait, call-back-soon fires at 1m"

    def test_what_is_left_out_is_counted(self) -> None:
        playbook = written(
            "when: contact.ended\nif: score.repeat > 0.5 and customer.last_wait >= 0s",
            f"score.repeat: 0.9 | {{at: 0s, {ENDED}, wait_s: 1s}} "
            "=> {at: 0s, fires: call-back-soon}",
            f"{{at: 0s, {ENDED}}} =>",
        )

        # In the second case there is no score that could be missing.
        assert [result.left_out for result in run_tests(playbook)] == [2, 1]


QUIET = (
    "sequence:\n"
    "  - {event: contact.abandoned, if: event.wait_s > 10s}\n"
    "  - {absent: contact.started, for: 15m}"
)
LOST = "{at: 0s, event: contact.abandoned, wait_s: 60s}"


class TestShuffled:
    def test_an_event_that_comes_late_still_ends_an_absence(self) -> None:
        playbook = written(
            QUIET,
            f"{LOST} => {{at: 15m, fires: call-back-soon}}",
            f"{LOST}, {{at: 14m, event: contact.started}}, "
            "{at: 16m, event: contact.queued}, {at: 17m, event: contact.queued} =>",
        )
        [fires, silent] = run_tests(playbook)

        assert fires.passed
        assert silent.passed
        assert silent.shuffles > 1

    def test_a_program_that_ignores_late_events_is_noticed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        playbook = written(
            QUIET.replace("15m", "3h"),
            f"{LOST} => {{at: 3h, fires: call-back-soon}}",
            f"{LOST}, {{at: 2h, event: contact.started}}, "
            "{at: 121m, event: contact.queued, repeat: 5, every: 10s} =>",
        )
        observe = Program.observe

        def deaf(
            self: Program, event: Event, customer: Customer, *rest: Any, **named: Any
        ) -> list[Match]:
            if event.at < customer.at:
                return []
            return observe(self, event, customer, *rest, **named)

        monkeypatch.setattr(Program, "observe", deaf)

        assert any("1 firings instead of 0" in m for m in messages(run_tests(playbook), "shuffled"))

    @pytest.mark.parametrize(
        ("when", "late", "younger", "may"),
        [
            # The trigger looks back at what the late one feeds; or at the customer.
            (
                "when: contact.started\nfacts: {n: {count: contact.ended, within: 1h}}\nif: n > 0",
                "contact.ended",
                "contact.started",
                False,
            ),
            (
                "when: contact.started\nif: customer.contacts_7d > 1",
                "contact.ended",
                "contact.started",
                False,
            ),
            (
                "when: contact.started\nif: customer.identified",
                "contact.ended",
                "contact.started",
                True,
            ),
            (
                "when: contact.started\nif: customer.identified",
                "contact.started",
                "contact.ended",
                True,
            ),
            (
                "when: contact.started\nif: score.repeat > 0",
                "contact.started",
                "contact.started",
                True,
            ),
            (
                "when: contact.started\nif: score.repeat > 0\noccurrence: event.call",
                "contact.started",
                "contact.started",
                False,
            ),
            # Sequences wait for what is late.
            (QUIET, "contact.started", "contact.queued", True),
            (QUIET, "contact.abandoned", "contact.started", True),
        ],
    )
    def test_what_may_change_its_place(self, when: str, late: str, younger: str, may: bool) -> None:
        # Ten times the same two, so that no seed leaves all of them alone.
        pairs = ", ".join(
            f"{{at: {2 * n}m, event: {late}}}, {{at: {2 * n + 1}m, event: {younger}}}"
            for n in range(10)
        )
        tree, test = _first(when, f"{pairs} => ")
        line = read_timeline(test, VOCABULARY)
        arrival = Arrival(tree, line)

        swapped = [
            (first.type, second.type)
            for seed in range(5)
            if (shuffled := arrival.shuffled(line, seed, 60.0)) is not None
            for first, second in zip(shuffled.events, shuffled.events[1:], strict=False)
            if first.at > second.at
        ]
        assert ((younger, late) in swapped) is may

    def test_events_change_places_within_the_lateness_alone(self) -> None:
        tree, test = _first(QUIET, "{at: 0s, event: contact.queued, repeat: 40, every: 20s} =>")
        line = read_timeline(test, VOCABULARY)
        shuffled = Arrival(tree, line).shuffled(line, 1, 30.0)

        assert shuffled is not None
        assert sorted(e.at for e in shuffled.events) == [e.at for e in line.events]
        newest = START_AT
        for event in shuffled.events:
            newest = max(newest, event.at)
            assert newest - event.at <= 30.0

    def test_a_case_of_one_event_has_no_other_order(self) -> None:
        playbook = written(
            "when: contact.ended\nif: event.service_s > 0s",
            f"{{at: 0s, {ENDED}, service_s: 1s}} => {{at: 0s, fires: call-back-soon}}",
            f"{{at: 0s, {ENDED}}} =>",
        )

        assert [result.shuffles for result in run_tests(playbook)] == [0, 0]

    def test_a_difference_says_in_which_order(self) -> None:
        tree, test = _first(QUIET, f"{LOST}, {{at: 60s, event: contact.queued}} =>")
        line = read_timeline(test, VOCABULARY)
        stage = Stage(load(texts()), VOCABULARY)  # another rule, so nothing fires as it did
        played = Stage(_playbook(QUIET), VOCABULARY).play(line)
        tried, [first, *_] = play_shuffled(stage, tree, line, played)

        assert tried > 0
        assert first == (
            "arriving as contact.abandoned@0s contact.queued@60s: 0 firings instead of 1"
        ) or first.startswith("arriving as contact.abandoned@0s contact.queued@1m:")


class TestRestored:
    def test_state_that_does_not_survive_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stage = Stage(_playbook(QUIET), VOCABULARY)
        _, test = _first(QUIET, f"{LOST}, {{at: 60s, event: contact.queued}} =>")
        line = read_timeline(test, VOCABULARY)
        assert play_restored(stage, line) == []

        def forgetful(name: str, _value: bytes) -> Customer:
            return Customer(name)

        monkeypatch.setattr("rules.playbook.stage.unpack", forgetful)

        assert play_restored(stage, line) == [
            "restarted after every event: 0 decisions instead of 1"
        ]

    def test_gates_that_forget_are_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        gates = "gates: {contact_window: 1m, capacity: [{team: desk, max: 1}]}"
        rule = RULE.replace("cooldown: 24h", "cooldown: 1h")
        playbook = load(texts(rule, PLAYBOOK.replace("gates: {}", gates)))
        test = playbook.rules[0].tests[0]
        several = test.events[0].model_copy(update={"repeat": 3, "every_s": 7200.0})
        line = read_timeline(test.model_copy(update={"events": (several,)}), VOCABULARY)
        stage = Stage(playbook, VOCABULARY)
        assert play_restored(stage, line) == []

        monkeypatch.setattr(Decider, "restore", lambda _self, _state: None)

        [message] = play_restored(stage, line)
        assert "'sent'" in message
        assert "'capacity'" in message


@pytest.mark.parametrize("run", ["shuffled", "restored", "absent"])
def test_what_raises_in_a_rerun_is_told_and_stops_nothing(
    run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    playbook = written(
        QUIET.replace("10s", "10s or score.repeat > 0.5"),
        f"score.repeat: 0.1 | {LOST}, {{at: 60s, event: contact.queued}} "
        "=> {at: 15m, fires: call-back-soon}",
        "{at: 0s, event: contact.queued} =>",
    )
    played = Stage.play

    def breaks(self: Stage, line: Timeline, *, lateness_s: float = 0.0) -> list[Match]:
        left_out = line.given.get("score.repeat", 0.0) is None
        if (run == "shuffled" and lateness_s) or (run == "absent" and left_out):
            msg = "broken on purpose"
            raise RuntimeError(msg)
        return played(self, line, lateness_s=lateness_s)

    def refuses(*_: object) -> Customer:
        msg = "broken on purpose"
        raise RuntimeError(msg)

    monkeypatch.setattr(Stage, "play", breaks)
    if run == "restored":
        monkeypatch.setattr("rules.playbook.stage.unpack", refuses)
    results = run_tests(playbook)

    assert any("RuntimeError: broken on purpose" in message for message in messages(results, run))
    assert messages(results, "written") == []


def _playbook(when: str) -> Playbook:
    return written(
        when,
        f"{LOST} => {{at: 0s, fires: call-back-soon}}",
        "{at: 0s, event: contact.queued} =>",
    )


def _first(when: str, case: str) -> Any:
    """The tree of a rule, and a case that may expect whatever it likes."""
    playbook = written(
        when, case, f"{LOST} => {{at: 0s, fires: call-back-soon}}", "{at: 0s, event: progress} =>"
    )
    return rule_trees(playbook)[0], playbook.rules[0].tests[0]
