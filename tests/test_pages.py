"""Every example on the pages about rules is executed."""

import re
import shlex
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from typer.testing import CliRunner

from detectors.schema import Name
from rules.language.checker import FUNCTIONS, check
from rules.language.errors import ExpressionError
from rules.language.interpreter import Interpreter, Value
from rules.language.lexer import MAX_CHARACTERS
from rules.language.parser import MAX_DEPTH, MAX_NODES, parse
from rules.language.vocabulary import VOCABULARY
from rules.playbook.document import MAX_BRACKETS, MAX_BYTES, MAX_LINE, MAX_LINES
from rules.playbook.draft.starter import CHANNELS, DESK, GOAL, OWNER, STARTER
from rules.playbook.errors import PlaybookError
from rules.playbook.layout.formatting import format_file
from rules.playbook.loader import MAX_RULES, load
from rules.playbook.models import FACT_KINDS, FIRINGS_PER_MINUTE, MAX_STEPS, Rule
from rules.playbook.steps import MAX_PLAY_STEPS
from rules.playbook.testing import run_tests
from rules.playbook.timeline import START_AT
from rules.plays.state import MAX_PLAYS
from rules.temporal.counts import MAX_COUNTED
from streams.cli.main import app

ROOT = Path(__file__).parents[1]
LANGUAGE = (ROOT / "rules" / "language" / "README.md").read_text()
FIRST_RULE = (ROOT / "rules" / "playbook" / "README.md").read_text()
RUN = CliRunner()
SCOPE = VOCABULARY.scope("contact.abandoned", {"calls_24h": Name("calls_24h", "num", "")})


def blocks(page: str, language: str = "") -> list[str]:
    """The texts between fences that name this language."""
    found: list[str] = []
    named: str | None = None
    for line in page.splitlines(keepends=True):
        if line.startswith("```"):
            named = line[3:].strip() if named is None else None
            if named is not None and named == language:
                found.append("")
        elif named == language:
            found[-1] += line
    return found


def lines(number: int) -> list[tuple[str, str]]:
    """Expressions of a block of the language page, each with what stands behind it."""
    found = [line.partition("#") for line in blocks(LANGUAGE)[number].splitlines()]
    return [(text.strip(), says.strip()) for text, _, says in found]


@pytest.mark.parametrize(("text", "says"), lines(0) + lines(1))
def test_conditions_are_what_the_page_says(text: str, says: str) -> None:
    (situation,) = blocks(LANGUAGE, "json")
    values: dict[str, Value] = {
        name: float(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in orjson.loads(situation).items()
    }
    values["event.at"] = START_AT

    node = parse(text)
    assert [flaw for flaw in check(node, SCOPE) if flaw.severity == "error"] == []
    assert Interpreter(values.get, ZoneInfo("UTC")).holds(node) is (says == "true")


@pytest.mark.parametrize(("text", "says"), lines(2))
def test_mistakes_are_told_as_the_page_says(text: str, says: str) -> None:
    message, _, help_ = says.partition("; ")
    try:
        flaws = check(parse(text), SCOPE)
    except ExpressionError as error:
        flaws = [error.flaw]

    [flaw] = flaws
    assert flaw.message.startswith(message)
    assert flaw.help.startswith(help_)


@pytest.mark.parametrize("fragment", blocks(LANGUAGE, "yaml"))
def test_rules_of_the_page_pass_their_tests(fragment: str) -> None:
    mode = "" if "\nmode:" in fragment else "    mode: shadow\n"
    cooldown = "" if "\ncooldown:" in fragment else "    cooldown: 24h\n"
    body = "".join(f"    {line}\n" for line in fragment.splitlines())
    step = f"{{do: task, to: {DESK}, channel: {CHANNELS['task']}, template: t}}"
    then = "" if "\nthen:" in fragment else f"    then: [{step}]\n"
    text = (
        f"rules:\n  - id: example\n    owner: {OWNER}\n    description: x\n    pyramid_level: 2\n"
        f"    goal: {GOAL}\n    topic: help\n{mode}{cooldown}"
        f"{then}    explain: x\n{body}\ntemplates: [{{id: t, text: x}}]\n"
    )
    playbook = load({**STARTER, "example.yaml": text})

    results = run_tests(playbook)
    assert [str(failure) for result in results for failure in result.failures] == []
    assert len(results) == 2


def test_the_page_names_everything() -> None:
    for function in FUNCTIONS:
        assert f"`{function}(" in LANGUAGE
    for kind in FACT_KINDS:
        assert f"`{{{kind}: EVENT" in LANGUAGE
    keys = {field.alias or name for name, field in Rule.model_fields.items()}
    about_others = {
        "id", "owner", "description", "pyramid_level", "force", "goal", "customer_goal", "topic",
        "then", "explain", "tests", "facts",
    }  # fmt: skip
    for key in keys - about_others:
        assert f"`{key}" in LANGUAGE, key
    for mode in ("draft", "shadow", "canary", "live", "retired"):
        assert f"`{mode}`" in LANGUAGE


def test_the_limits_are_these() -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", LANGUAGE.split("## Limits")[1], re.M))

    assert rows["a file"] == (
        f"{MAX_BYTES // 1024} KiB, {MAX_LINES:,} lines of {MAX_LINE:,} characters, "
        f"{MAX_BRACKETS:,} brackets and braces"
    )
    assert rows["an expression"] == (
        f"{MAX_CHARACTERS:,} characters, {MAX_NODES} parts, {MAX_DEPTH} levels deep"
    )
    assert rows["a sequence"].startswith(f"{MAX_STEPS} events")
    assert rows["a count"] == str(MAX_COUNTED)
    assert rows["a play"].startswith(
        f"{MAX_PLAY_STEPS} steps; {MAX_PLAYS} plays of a customer at a time"
    )
    assert rows["rules that one event type sets off"] == f"{MAX_RULES:,}"
    assert f"more than {FIRINGS_PER_MINUTE} times a minute" in LANGUAGE


def shell_words(line: str) -> list[str]:
    program, *words = shlex.split(line)
    assert program == "precede"
    return words


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The page's commands, run one after the other in an empty folder: their output."""
    folder = tmp_path_factory.mktemp("first-rule")
    said: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in "".join(blocks(FIRST_RULE, "sh")).splitlines():
            result = RUN.invoke(app, shell_words(line))
            assert result.exit_code == 0, (line, result.output)
            said.setdefault(line.split()[2], result.output)
    return folder, said


RULE_FILE = "card-declined-twice.yaml"


def test_the_first_rule_is_written_as_shown(walked: tuple[Path, dict[str, str]]) -> None:
    folder, said = walked

    assert (folder / "my-playbook" / RULE_FILE).read_text() == blocks(FIRST_RULE, "yaml")[0]
    assert "card.declined" in said["names"]
    assert "2 of 2 tests pass" in said["test"]
    assert (folder / "playbook.schema.json").exists()


def test_the_sentence_is_the_one_shown(walked: tuple[Path, dict[str, str]]) -> None:
    quoted = " ".join(line[2:] for line in FIRST_RULE.splitlines() if line.startswith("> "))

    assert " ".join(walked[1]["explain"].split()) == quoted


def test_what_is_added_by_hand_passes(walked: tuple[Path, dict[str, str]]) -> None:
    first, unless, tests, *_ = blocks(FIRST_RULE, "yaml")
    text = first.replace("    topic:", f"{unless}    topic:")
    text = text.replace("\ntemplates:", f"{tests}\ntemplates:")
    playbook = load({**STARTER, RULE_FILE: text})

    results = run_tests(playbook)
    assert [str(failure) for result in results for failure in result.failures] == []
    assert len(results) == 4
    assert format_file(RULE_FILE, text).after == text


def test_what_sees_it_through_passes(walked: tuple[Path, dict[str, str]]) -> None:
    first, _, _, then, tests = blocks(FIRST_RULE, "yaml")
    step = next(line for line in first.splitlines(keepends=True) if "then: " in line)
    fires = "{at: 1m, fires: card-declined-twice}"
    later = "{at: 241m, fires: card-declined-twice, step: 2}"
    both = f"expect:\n          - {fires}\n          - {later}"
    text = first.replace(step, then).replace("\ntemplates:", f"{tests}\ntemplates:")
    text = text.replace(f"expect: [{fires}]", both, 1)  # the line that the page asks for
    playbook = load({**STARTER, RULE_FILE: text})

    results = run_tests(playbook)
    assert [str(failure) for result in results for failure in result.failures] == []
    assert len(results) == 4
    assert format_file(RULE_FILE, text).after == text


def test_the_mistake_is_shown_as_on_the_page(walked: tuple[Path, dict[str, str]]) -> None:
    (shown,) = blocks(FIRST_RULE)
    first = blocks(FIRST_RULE, "yaml")[0]
    line = int(shown.split(":")[1])
    wrong = first.splitlines()
    wrong.insert(line - 1, "    unless: customer.open_case > 0")

    with pytest.raises(PlaybookError) as caught:
        load({**STARTER, f"my-playbook/{RULE_FILE}": "\n".join(wrong)})
    assert str(caught.value) == shown.rstrip("\n")


def test_pages_point_at_files_that_exist() -> None:
    for page, folder in ((LANGUAGE, "language"), (FIRST_RULE, "playbook")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page):
            assert (ROOT / "rules" / folder / target).exists(), target
