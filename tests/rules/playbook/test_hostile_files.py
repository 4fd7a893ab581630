import pytest

from rules.playbook.errors import PlaybookError
from rules.playbook.loader import MAX_RULES, load
from tests.rules.playbook.hostile import FILES
from tests.rules.playbook.texts import PLAYBOOK


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
