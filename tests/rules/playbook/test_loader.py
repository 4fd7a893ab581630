from pathlib import Path

import pytest

from rules.playbook.errors import PlaybookError, Problem
from rules.playbook.loader import load, load_with_warnings
from tests.rules.playbook.texts import RULE, broken, replaced, small, texts


def problems(source: dict[str, str]) -> list[Problem]:
    with pytest.raises(PlaybookError) as raised:
        load(source)
    return list(raised.value.problems)


def test_small_playbook_loads() -> None:
    playbook = small()

    [rule] = playbook.rules
    assert rule.cooldown_s == 86400.0
    assert rule.first.due_s == 1800.0
    assert rule.first.class_ == "service"


@pytest.mark.parametrize(
    ("old", "new", "message", "help_"),
    [
        (
            "event.wait_s > 10s",
            "^event.wait > 10s",
            "unknown name 'event.wait'",
            "did you mean 'event.wait_s'?",
        ),
        ('== "inbound"', '== ^"in"', "event.direction is never 'in'", "values: inbound, outbound"),
        (
            "event.wait_s > 10s",
            "^event.wait_s > 10",
            "a duration such as 15m cannot be compared with a number",
            "write 90s, 15m, 24h, 7d",
        ),
        ("event.wait_s > 10s", "event.wait_s ^= 10s", "unexpected '='", "use '==' to compare"),
        ("cooldown: 24h", "^coolddown: 24h", "unknown key 'coolddown'", "'cooldown'?"),
        ("cooldown: 24h", "cooldown: ^1 day", "'1 day' is not a duration", "write 90s"),
        ("cooldown: 24h", "^cooldown:", "'cooldown' has no value", ""),
        ("mode: live", "mode: ^on", "mode must be 'draft', 'shadow'", ""),
        ("mode: live", "mode: ^lively", "mode must be 'draft', 'shadow'", "did you mean 'live'?"),
        ("goal: fewer-calls", "goal: ^service", "'service' has goals below it", "fewer-calls"),
        ("goal: fewer-calls", "goal: ^less-calls", "unknown goal", "did you mean 'fewer-calls'?"),
        ("owner: desk", "owner: ^dsk", "unknown team 'dsk'", "did you mean 'desk'?"),
        ("template: call-back,", "template: ^callback,", "unknown template", "'call-back'?"),
        ("channel: task-desk", "channel: ^sms", "unknown channel 'sms'", "known: task-desk"),
        ("to: desk", "to: ^shift", "unknown team 'shift'", "known: desk"),
        ("{do: task, to: desk,", "^{do: task,", "a task must name the team", "add 'to'"),
        ("[{do: task", "[{do: ^teach", "do must be 'offer', 'task' or 'message'", ""),
        (
            "pyramid_level: 2",
            "pyramid_level: ^4",
            "level 4 acts before the ask, but an abandoned contact is an ask",
            "claim 2 or 3",
        ),
        ("pyramid_level: 2", "pyramid_level: ^two", "must be a whole number; got 'two'", ""),
        ("pyramid_level: 2", "pyramid_level: ^6", "less than or equal to 5", ""),
        (
            '"waited {event.wait_s}"',
            '"waited ^{event.waits}"',
            "unknown name 'event.waits'",
            "did you mean 'event.wait_s'?",
        ),
        ('"waited {event.wait_s}"', '"waited ^{"', "'{' is no name in braces", "{{"),
        ("when: contact.abandoned", "when: ^queue.state", "concerns everybody", "contact.ended"),
        ("when: contact.abandoned", "when: ^contact.abandon", "unknown event", "abandoned"),
        ("when: contact.abandoned", "sequence: [^{absent: contact.started}]", "'absent' and", ""),
        (
            "when: contact.abandoned",
            "when: contact.abandoned\n    ^within: 3m",
            "'within' is for a rule with a sequence",
            "",
        ),
        ("wait_s: 11s", "wait_s: ^soon", "'soon' is not a duration", "write 90s"),
        ("wait_s: 11s", "^waits: 11s", "unknown name 'waits'", "did you mean 'wait_s'?"),
        ("fires: call-back-soon", "fires: ^call-soon", "unknown rule", "call-back-soon"),
        (
            "- id: call-back-soon\n    owner: desk",
            "- ^id: call-back-soon",
            "'owner' is missing",
            "add 'owner: ...'",
        ),
        ("    goal: few", "    ^owner: desk\n    goal: few", "'owner' is given twice", "line 3"),
        ("- id: call-back-soon", "- id: ^Call_Back", "id must be lower-case words", ""),
        ("topic: calls", "topic: ^&t calls", "anchors are not allowed", "write the value"),
        ("topic: calls", "topic: ^*t", "aliases are not allowed", "write the value out"),
        ("topic: calls", "topic: ^!!str calls", "tags are not allowed", "remove"),
        ("topic: calls", "^<<: {topic: calls}", "merge keys are not allowed", "write"),
        ("topic: calls", "topic: a^: b", "this ':' cannot stand here", "quote"),
        ("topic: calls", "topic: ^[calls]", "topic must be a text; got a list", ""),
        ("Asia/Jerusalem", "^Asia/Jerusalm", "unknown time zone", "write one such as"),
        ("gates: {}", "gates: {caps: [{id: a, max: ^no, window: 7d}]}", "max must be a whole", ""),
        ("gates: {}", "gates: {capacity: [{team: ^dsk, max: 3}]}", "unknown team", "'desk'"),
        ("gates: {}", "gates: {opening_hours: {^dsk: {}}}", "unknown team", "'desk'"),
        (
            "gates: {}",
            "gates: {service_level: [{queue: q, channels: [^sms], wait: 2m}]}",
            "unknown channel 'sms'",
            "task",
        ),
        ("gates: {}", "gates: {contact_points: {^sms: phone}}", "unknown channel 'sms'", "task"),
        ("gates: {}", "gates: {consent: {service: {^sms: consent}}}", "unknown channel", "task"),
        ("gates: {}", "gates: {^cap: []}", "unknown key 'cap'", "did you mean 'caps'?"),
        ("name: Desk}", "name: Desk}, {id: ^desk, name: D}", "'desk' is given twice", "first in"),
        ("name: Fewer calls}", "name: ^[a]}", "name must be a text; got a list", ""),
    ],
)
def test_error_names_its_place(old: str, new: str, message: str, help_: str) -> None:
    source, place = broken(old, new)
    found = problems(source)

    problem = next((p for p in found if message in p.message), found[0])
    assert message in problem.message
    assert help_ in problem.help
    assert (problem.file, problem.line, problem.column) == place


def test_a_template_is_checked_with_the_rule_that_uses_it() -> None:
    source = replaced("They waited {event.wait_s}", "They waited {event.service_s}")
    [problem] = problems(source)

    # contact.abandoned has no service time, contact.ended has.
    assert (problem.file, problem.line, problem.column) == ("playbook.yaml", 8, 48)
    assert problem.message == "unknown name 'event.service_s' in the words of rule call-back-soon"


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ("wait_s: 10s}]\n        expect: []", "must have a test in which it stays silent"),
        ("wait_s: 11s}]\n        expect: [{at: 0s, fires: call-back-soon}]", "a test that fires"),
    ],
)
def test_a_rule_needs_a_test_that_fires_and_one_that_does_not(tests: str, message: str) -> None:
    other = "[{at: 0s, fires: call-back-soon}]" if tests.endswith("[]") else "[]"
    found = problems(replaced(tests, tests.partition("expect:")[0] + f"expect: {other}"))

    assert [(p.file, p.line, p.column) for p in found] == [("rules.yaml", 2, 9)]
    assert message in found[0].message


def test_all_errors_of_all_files_come_at_once() -> None:
    source = replaced("cooldown: 24h", "coldown: 24h")
    source["playbook.yaml"] = source["playbook.yaml"].replace("Asia/Jerusalem", "Nowhere")
    source["rules.yaml"] = source["rules.yaml"].replace("owner: desk", "owner: dsk")
    source["zzz.yaml"] = "rules: [\n"

    assert [(p.file, p.line) for p in problems(source)] == [
        ("playbook.yaml", 3),
        ("rules.yaml", 2),
        ("rules.yaml", 12),
        ("zzz.yaml", 2),
    ]


def test_an_error_shows_line_caret_and_help() -> None:
    [problem] = problems(replaced("owner: desk", "owner: dsk"))

    assert str(problem) == (
        "rules.yaml:3:12: error: unknown team 'dsk'\n"
        "     3 |     owner: dsk\n"
        "       |            ^^^\n"
        "       = help: did you mean 'desk'?"
    )


def test_a_single_key_stands_in_one_file() -> None:
    source = texts() | {"z.yaml": "name: again\n"}
    [problem] = problems(source)

    assert (problem.file, problem.line, problem.column) == ("z.yaml", 1, 1)
    assert problem.help == "first in playbook.yaml:1"


def test_lists_of_several_files_are_joined() -> None:
    second = RULE.replace("call-back-soon", "call-back-later")
    rules = load(texts() | {"more.yaml": second}).rules

    assert [rule.id for rule in rules] == ["call-back-later", "call-back-soon"]


def test_what_the_author_wrote_stays() -> None:
    source = replaced("name: waited long", "name: 1.10")
    playbook = load(source)
    description = load(replaced("description: A small playbook", "description: no")).description

    assert playbook.rules[0].tests[0].name == "1.10"
    assert description == "no"


def test_place_in_quoted_and_block_texts() -> None:
    block = 'if: >\n      event.direction == "inbound"\n      and event.wait_s > 10s'
    for text, place in (
        ("if: 'event.direction == ''inbound'' and x.y > 1'", (8, 45)),
        ("if: |\n      event.wait_s > 10s\n\n      and x.y > 1", (11, 11)),
        ("if: event.wait_s > 10s\n      and x.y > 1", (9, 11)),
        ('if: "x.y > 1"', (8, 10)),
    ):
        found = problems(replaced(block, text))

        assert (found[0].line, found[0].column) == place, text
        assert found[0].message == "unknown name 'x.y'"


def test_warnings_let_a_playbook_load() -> None:
    source = replaced(
        "and event.wait_s > 10s", "and not (score.repeat > 0.5 or event.wait_s <= 10s)"
    )
    loaded = load_with_warnings(source)

    [warning] = loaded.warnings
    assert warning.severity == "warning"
    assert (warning.line, warning.column) == (10, 16)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="a playbook is a folder"):
        load(tmp_path / "none")
    with pytest.raises(PlaybookError, match="at least one file"):
        load(tmp_path)


def test_a_file_that_is_no_utf_8(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_bytes(b"name: a\ndescription: \xff\n")

    with pytest.raises(PlaybookError, match=r"rules\.yaml:2:1: error: a file must be UTF-8"):
        load(tmp_path)


ENDED = "{event: contact.ended}"
QUIET = "{absent: contact.started, for: 15m}"


@pytest.mark.parametrize(
    ("sequence", "message"),
    [
        (f"sequence: [{QUIET}]", "'absent' is the last step, after one that comes"),
        (f"sequence: [{ENDED}, {QUIET}, {QUIET}]", "'absent' is the last step"),
        (f"sequence: [{ENDED}, {ENDED}]", "must say within which time"),
        ("sequence: [{event: contact.ended, times: 65}]", "must be less than or equal to 64"),
        (
            "sequence: [{event: contact.ended, times: 33}, {event: contact.ended, times: 32}]",
            "at most 64 events; got 65",
        ),
        ("sequence: [{event: contact.ended, within: 3m}]", "'within' of a step bounds"),
        ("sequence: [{event: contact.ended, absent: contact.started, for: 1m}]", "must be either"),
        (f"sequence: [{ENDED}, {{absent: contact.started}}]", "'absent' and 'for' belong together"),
        (f"sequence: [{ENDED}]\n    when: contact.ended", "either 'when', 'sequence' or 'absence'"),
        ("when: contact.abandoned\n    facts: {n: {count: contact.ended}}", "a count must have"),
        ("when: contact.abandoned\n    facts: {n: {since: x.y}}", "unknown event 'x.y'"),
        ("when: contact.abandoned\n    facts: {N: {since: contact.ended}}", "a fact's name is"),
        (
            "when: contact.abandoned\n"
            "    facts: {n: {count: contact.ended, within: 1h, if: n > 1}}",
            "unknown name 'n'",
        ),
        (
            "when: contact.abandoned\n    facts: {n: {count: contact.ended, within: 1h}}\n"
            "    unless: n >= 65",
            "a count stops at 64; got 65",
        ),
        ("when: contact.abandoned\n    occurrence: event.direction", "is a text of the event"),
    ],
)
def test_shape_of_time(sequence: str, message: str) -> None:
    found = problems(replaced("when: contact.abandoned", sequence))

    assert any(message in problem.message for problem in found)
    assert all(problem.file == "rules.yaml" for problem in found)
