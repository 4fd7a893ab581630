# ruff: noqa: RUF001 - Russian letters that look like Latin ones
"""Plays as their authors write, check, test, format and read them."""

import re

import jsonschema
import pytest

from detectors.event import Event
from rules.playbook.coverage import cover
from rules.playbook.draft.recorded import record_test
from rules.playbook.errors import PlaybookError
from rules.playbook.json_schema import playbook_schema
from rules.playbook.layout.formatting import format_file
from rules.playbook.loader import load, load_with_warnings
from rules.playbook.models import Playbook
from rules.playbook.mutation import mutate
from rules.playbook.steps import MAX_PLAY_STEPS
from rules.playbook.testing import CaseResult, run_tests
from rules.playbook.words.sentence import explain_rule
from rules.playbook.written import rule_trees
from tests.rules.playbook.texts import MARK, RULE, texts

STEP = "{do: task, to: desk, channel: task-desk, template: call-back, due: 30m}"
THEN = f"    then: [{STEP}]\n"
ACT = f"      - {STEP}\n"
BOOKED = "      - {wait_for: callback.booked, within: 30m, else: stop}\n"
TRIED = "      - {wait_for: callback.attempted, within: 2h, else: stop}\n"
FIRES = "        expect: [{at: 0s, fires: call-back-soon}]\n"


def files(then: str, *, expect: str = FIRES, more: str = "") -> dict[str, str]:
    """Return the small playbook with other steps, and keys of the rule after them."""
    assert RULE.count(THEN) == RULE.count(FIRES) == 1
    rule = RULE.replace(THEN, f"    then:\n{then}{more}").replace(FIRES, expect)
    return texts(rule)


def expected(*steps: str) -> str:
    return "        expect:\n" + "".join(f"          - {{{step}}}\n" for step in steps)


def loaded(then: str, *steps: str, more: str = "") -> Playbook:
    return load(files(then, expect=expected(*steps) if steps else FIRES, more=more))


@pytest.mark.parametrize(
    ("then", "more", "message"),
    [
        (ACT + BOOKED.replace(", else: stop", "").replace("callback.b", "^callback.b"), "",
         "nothing follows this wait, and it does not say what is done in vain"),
        (ACT + "      - {wait: ^1h}\n", "", "nothing follows this wait"),
        (ACT + BOOKED.replace("callback.b", "^callback.bb"), "",
         "unknown event 'callback.bbooked'"),
        (ACT + "      - {wait_for: ^progress, within: 1h, else: stop}\n", "",
         "'progress' concerns everybody, so no rule of a customer follows it"),
        (ACT + BOOKED.replace("within: 30m, ", "").replace("{wait", "^{wait"), "",
         "'within' is missing"),
        (ACT + BOOKED.replace("30m", "^0s"), "", "within must be greater than 0; got '0s'"),
        (ACT + BOOKED.replace("stop", "^go"), "", "else must be 'stop'; got 'go'"),
        (ACT + BOOKED.replace("else", "^els"), "", "unknown key 'els'"),
        (ACT + BOOKED.replace("stop", "^{do: task, channel: task-desk, template: call-back}"), "",
         "a task must name the team that does it"),
        (ACT + BOOKED.replace("stop", STEP.replace("to: desk", "to: ^disk")), "",
         "unknown team 'disk'"),
        (ACT + ACT.replace("template: call", "template: ^cal"), "", "unknown template 'cal-back'"),
        (ACT + BOOKED.replace("30m", "30m, if: event.^callbak == 'b'"), "",
         "unknown name 'event.callbak'"),
        ("      ^- {wait: 1h}\n".replace("^- ", "- ") + ACT, "",
         "a play begins with what is done"),
        (ACT + BOOKED + ACT.replace("- {", "- ^{"), "    until: [callback.booked]\n",
         "this step is never reached: callback.booked ends the play before it"),
        (ACT + ACT, "    until: [^promise.keptt]\n", "unknown event 'promise.keptt'"),
        (ACT, "    ^until: [promise.kept]\n", "'until' is for a rule of several steps"),
    ],
)  # fmt: skip
def test_mistakes_are_told_where_they_are(then: str, more: str, message: str) -> None:
    # A mark inside a name stands before it.
    then, more = (re.sub(r"(event\.)\^", r"^\1", text) for text in (then, more))
    source = files(then, more=more)
    text = source["rules.yaml"]
    with pytest.raises(PlaybookError) as caught:
        load(source | {"rules.yaml": text.replace(MARK, "")})

    assert message in [problem.message for problem in caught.value.problems]
    if MARK in text:
        before = text.partition(MARK)[0]
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        [found] = [p for p in caught.value.problems if p.message == message]
        assert (found.line, found.column) == place


def test_six_steps_are_a_play_and_seven_are_too_many() -> None:
    assert len(loaded(ACT * MAX_PLAY_STEPS, *later(*range(1, 7))).rules[0].then) == MAX_PLAY_STEPS
    with pytest.raises(PlaybookError, match="at most 6 steps") as caught:
        load(files(ACT * 7))
    assert caught.value.problems[0].help.startswith("write a rule for the rest")


def later(*numbers: int) -> list[str]:
    return [f"at: 0s, fires: call-back-soon, step: {number}" for number in numbers]


def test_a_wait_for_a_task_that_nobody_was_given_is_a_warning() -> None:
    offer = ACT.replace("do: task", "do: offer")
    done = "      - {wait_for: task.done, within: 1h, else: stop}\n"

    def warnings(then: str) -> list[str]:
        return [problem.message for problem in load_with_warnings(files(then)).warnings]

    assert warnings(ACT + done) == []
    assert warnings(offer + done) == ["no task comes before, so task.done never comes of this play"]


def test_a_condition_that_no_event_can_meet_is_a_warning() -> None:
    never = "if: event.attempt > 3 and event.attempt < 2, within: 2h"
    [found] = load_with_warnings(files(ACT + TRIED.replace("within: 2h", never))).warnings

    assert found.message.startswith("no event can be this step: event.attempt < 2 excludes")


PLAY = ACT + BOOKED.replace("stop", STEP) + TRIED
BOTH = ("at: 0s, fires: call-back-soon", "at: 30m, fires: call-back-soon, step: 2")


def results(*steps: str) -> list[CaseResult]:
    return run_tests(loaded(PLAY, *steps))


def test_a_test_names_the_step() -> None:
    assert [result.passed for result in results(*BOTH)] == [True, True]

    first, _ = results(BOTH[0])
    assert [str(f) for f in first.failures] == [
        "call-back-soon, step 2, fired at 30m; nobody expected it"
    ]
    assert first.diff == ("        0s  call-back-soon", "+      30m  call-back-soon, step 2")


def test_a_recorded_test_names_the_steps_too() -> None:
    fields = {"direction": "inbound", "wait_s": 60.0}
    event = Event("e", "centre", "contact.abandoned", 1_700_000_000.0, "Jane", fields)
    recorded = record_test([event], loaded(PLAY, *BOTH), "call-back-soon", "as it was")

    assert recorded.test["expect"] == [
        {"at": "0s", "fires": "call-back-soon"},
        {"at": "30m", "fires": "call-back-soon", "step": 2},
    ]


def test_a_step_that_does_nothing_cannot_fire() -> None:
    with pytest.raises(PlaybookError) as caught:
        loaded(PLAY, *BOTH, "at: 31m, fires: call-back-soon, step: 3")

    [problem] = caught.value.problems
    assert problem.message == "step 3 of call-back-soon does nothing"
    assert problem.help == "steps that act: 1, 2"


def test_coverage_names_the_steps_that_no_case_comes_to() -> None:
    playbook = loaded(ACT + BOOKED.replace("stop", STEP) + ACT, *BOTH)
    points = cover(playbook, rule_trees(playbook), 0).points

    told = {(point.path, point.missing, point.seen) for point in points if point.path[2] == "then"}
    assert told == {
        (("rules", 0, "then", 1, "else"), "no case comes to step 2, the task call-back", True),
        (("rules", 0, "then", 2), "no case comes to step 3, the task call-back", False),
    }


def test_a_wait_that_is_longer_or_shorter_is_noticed_by_what_is_done_then() -> None:
    playbook = loaded(PLAY, *BOTH)
    mutants = mutate(playbook, rule_trees(playbook), 0)

    assert {(m.change, m.noticed) for m in mutants if "within" in m.change} == {
        ("within 30m turned into 29m", True),
        ("within 30m turned into 31m", True),
        ("within 2h turned into 1h", False),  # nothing can be seen of a wait that only stops
        ("within 2h turned into 3h", False),
    }


def test_the_layout_of_a_play_is_canonical() -> None:
    play = (
        "rules:\n"
        "  - id: a-rule\n"
        "    then:\n"
        f"      - {STEP}\n"
        "      # why\n"
        "      - wait_for: callback.booked\n"
        '        if: event.topic == "cards" and event.callback != "x"\n'
        "        within: 30m\n"
        f"        else: {STEP}\n"
        "    until: [promise.kept]\n"
    )
    loose = play.replace(' == "cards" and', "=='cards'   &&")
    moved = loose.replace("    until: [promise.kept]\n", "").replace(
        "    then:", "    until: [promise.kept]\n    then:"
    )

    assert format_file("rules.yaml", moved).after == play
    assert format_file("rules.yaml", play).after == play


def test_the_rule_says_what_it_does_in_words() -> None:
    tried = TRIED.replace("within: 2h", "if: event.attempt >= 2, within: 2h")
    then = ACT + BOOKED.replace("stop", STEP) + "      - {wait: 1h}\n" + tried
    playbook = loaded(then, *BOTH, more="    until: [promise.kept]\n")
    said = {code: explain_rule(playbook.rules[0], playbook, code) for code in ("en", "ru")}

    task = "desk gets the task “call-back” (by task-desk, due within 30 min)"
    assert said["en"] == (
        "When a caller hangs up in the queue, and the direction is inbound and the wait in the "
        f"queue is over 10 s, {task}; then we wait for up to 30 min until a call-back is booked, "
        f"else {task} and that is all; then we let 1 h pass; then we wait for up to 2 h until we "
        "try to call the customer back (if the number of the attempt is at least 2), else that is "
        "all; it all ends as soon as a promise is kept or the customer asks about it; after that "
        "the rule leaves the customer alone for 24 h."
    )
    assert "затем не дольше 30 мин ждём события «назначенный обратный звонок», иначе" in said["ru"]
    assert "(только те, где номер попытки не меньше 2), иначе на этом всё" in said["ru"]
    assert "клиент сам об этом спрашивает; после этого правило" in said["ru"]
    assert "проходит 1 ч" in said["ru"]


def test_one_step_is_told_as_ever() -> None:
    playbook = load(texts())

    assert "asks about it" not in explain_rule(playbook.rules[0], playbook)


def test_the_schema_for_editors_knows_plays() -> None:
    schema = playbook_schema()
    step = {"do": "task", "to": "desk", "channel": "task-desk", "template": "call-back"}
    wait = {"wait_for": "callback.booked", "within": "30m", "else": step}

    def flaws(*then: object) -> list[str]:
        part = {"$ref": "#/$defs/Rule/properties/then", "$defs": schema["$defs"]}
        return [e.message for e in jsonschema.Draft202012Validator(part).iter_errors(list(then))]

    assert flaws(step, wait, {"wait": "1h"}, step) == []
    assert flaws(step, wait | {"else": "stop"}) == []
    for wrong in (wait | {"else": "go"}, wait | {"wait_for": "no.event"}, {"wait": "soon"}):
        assert flaws(step, wrong) != []
    assert flaws(*[step] * (MAX_PLAY_STEPS + 1)) != []


def test_a_rule_of_one_step_keeps_its_version() -> None:
    [rule] = load(texts()).rules
    content = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    # The version is a digest of this: nothing of plays is in it.
    step = {"do": "task", "to": "desk", "channel": "task-desk", "template": "call-back"}
    assert content["then"] == [step | {"due": 1800.0}]
    assert "until" not in content
    assert rule.first is rule.then[0]
