import pytest

from rules.playbook.errors import PlaybookError
from rules.playbook.loader import MAX_PROBLEMS, MAX_RULES, load
from rules.playbook.nodes import File
from tests.rules.playbook.hostile import FILES
from tests.rules.playbook.texts import PLAYBOOK, RULE


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES.keys())
def test_a_hostile_file_is_refused_with_a_place(content: str | bytes, message: str) -> None:
    with pytest.raises(PlaybookError) as raised:
        load({"playbook.yaml": PLAYBOOK, "bad.yaml": content})

    found = [problem for problem in raised.value.problems if problem.file == "bad.yaml"]
    raw = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
    lines = raw.count(b"\n") + raw.count(b"\r") + 1
    assert any(message in problem.message for problem in found)
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in found)
    assert all(len(str(problem)) < 1_500 for problem in found)


@pytest.mark.parametrize(
    "trigger",
    ["when: contact.abandoned", "absence: {of: contact.abandoned, for: 1h}"],
)
def test_an_event_type_has_at_most_a_thousand_rules(trigger: str) -> None:
    rules = ["rules:\n", *(f"  - {{id: r{n}, {trigger}}}\n" for n in range(MAX_RULES + 1))]
    files = {"a.yaml": "".join(rules[:600]), "b.yaml": "rules:\n" + "".join(rules[600:])}

    with pytest.raises(PlaybookError) as raised:
        load({"playbook.yaml": PLAYBOOK} | files)
    [problem] = raised.value.problems
    assert (problem.file, problem.line) == ("b.yaml", 403)
    assert problem.message == "an event type has at most 1,000 rules; this is one more"
    assert "contact.abandoned" in problem.source


def test_of_far_too_many_errors_the_first_are_told_with_their_places() -> None:
    rules = ["- tests:\n", *["  - {}\n"] * 80] * 15

    with pytest.raises(PlaybookError) as raised:
        load({"playbook.yaml": PLAYBOOK, "bad.yaml": "rules:\n" + "".join(rules)})

    found = raised.value.problems
    assert MAX_PROBLEMS / 2 < len(found) <= MAX_PROBLEMS
    assert {(each.file, each.message) for each in found if each.line == 3} == {
        ("bad.yaml", f"{key!r} is missing") for key in ("name", "events", "expect")
    }
    assert sum(each.line == 2 and each.message == "'id' is missing" for each in found) == 1


def test_what_is_wrong_far_down_is_told_when_all_before_it_is_right() -> None:
    good = "  - {id: g%d, name: Goal, goals: [{id: h%d, name: Goal}]}\n"
    goals = [good % (number, number) for number in range(500)] + ["  - {}\n"] * 450
    files = {"playbook.yaml": PLAYBOOK, "a.yaml": RULE, "b.yaml": "goals:\n" + "".join(goals)}

    with pytest.raises(PlaybookError) as raised:
        load(files)

    lines = {each.line for each in raised.value.problems if each.file == "b.yaml"}
    assert min(lines) == 502
    assert len(lines) > 50


@pytest.mark.parametrize("text", ["", "a", "\n", "a\n\nbc\n", "\n\n\n", "ab\r\ncd\u2028e\nf"])
def test_the_line_of_a_character_is_one_more_than_the_breaks_before_it(text: str) -> None:
    file = File("a.yaml", text)

    assert [file.line(at) for at in range(len(text) + 1)] == [
        1 + text[:at].count("\n") for at in range(len(text) + 1)
    ]
