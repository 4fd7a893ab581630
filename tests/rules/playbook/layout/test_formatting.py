import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rules.playbook
from rules.language.nodes import Binary, Call, Constant, Constants, Node, Reference, Unary
from rules.language.parser import parse
from rules.playbook.errors import PlaybookError
from rules.playbook.layout.expressions import canonical
from rules.playbook.layout.formatting import format_file, semantic_hash
from rules.playbook.loader import load, read_folder

DEFAULT = Path(rules.playbook.__file__).parent / "default"


def formatted(text: str) -> str:
    return format_file("rules.yaml", text).after


def shape(node: Node) -> object:
    """The tree without places."""
    match node:
        case Constant(value=value):
            return value
        case Reference(name=name):
            return ("name", name)
        case Constants(items=items):
            return [shape(item) for item in items]
        case Unary(operator=operator, operand=operand):
            return (operator, shape(operand))
        case Binary(operator=operator, left=left, right=right):
            return (shape(left), operator, shape(right))
        case Call(function=function, arguments=arguments):
            return (function, *map(shape, arguments))


@pytest.mark.parametrize("file", sorted(DEFAULT.glob("*.yaml")), ids=lambda file: file.name)
def test_the_default_playbook_keeps_its_meaning_and_every_comment(file: Path) -> None:
    before = file.read_text()
    after = format_file(file.name, before).after

    assert comments(after) == comments(before)
    assert formatted(after) == after


def test_the_formatted_default_playbook_loads_as_the_same_rules() -> None:
    files = read_folder(DEFAULT)
    rewritten: dict[str, str | bytes] = {
        name: format_file(name, text).after for name, text in files.items()
    }

    def facts(rule: object) -> dict[str, object]:
        content = rule.model_dump(exclude={"if_", "unless", "sequence", "facts"})  # type: ignore[attr-defined]
        return dict(content)

    assert [facts(rule) for rule in load(rewritten).rules] == [
        facts(rule) for rule in load(DEFAULT).rules
    ]


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"(?:^|\s)(#.*?)\s*$", text, re.MULTILINE))


def test_keys_of_a_rule_come_in_one_order_and_take_their_comments_along() -> None:
    text = """\
rules:
- tests: []   # none yet

  # why it is done
  if: a > 1
  when: x
  id: some-rule     # the name
"""
    assert (
        formatted(text)
        == """\
rules:
  - id: some-rule   # the name
    when: x

    # why it is done
    if: a > 1
    tests: []  # none yet
"""
    )


def test_words_of_other_languages_become_ours() -> None:
    text = "rules:\n  - {id: r, if: 'a>1 && !b || !(c == 2) AND True'}\n"

    assert "if: a > 1 and not b or not (c == 2) and true" in formatted(text)


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        ("!a == b", "(not a) == b"),
        ("a == !b", "a == (not b)"),
        ("!starts_with(a, 'x') && b", 'not starts_with(a, "x") and b'),
        ("!!a", "not not a"),
        ("!(a && b)", "not (a and b)"),
        ("!has(a) != true", "(not has(a)) != true"),
    ],
)
def test_an_exclamation_mark_binds_as_where_it_comes_from(foreign: str, ours: str) -> None:
    assert canonical(foreign) == ours
    assert canonical(ours) == ours


def test_what_is_no_expression_stays() -> None:
    assert formatted("rules:\n  - {if: 'a ; b'}\n") == "rules:\n  - {if: a ; b}\n"


def test_a_long_expression_is_broken_before_and_and_or() -> None:
    long = " and ".join(f"customer.contacts_{n}d > {n}" for n in range(10, 16))
    after = formatted(f"rules:\n  - {{id: r, if: {long}}}\n")

    lines = after.splitlines()
    assert "    if: >" in lines
    assert all(len(line) <= 100 for line in lines)
    assert [line.split()[0] for line in lines if "customer" in line][1:] == ["and"]


def test_brackets_that_do_not_fit_become_lines() -> None:
    fields = ", ".join(f"field_number_{n}: value-{n}" for n in range(6))
    after = formatted(f"rules:\n  - tests: [{{events: [{{at: 0s, {fields}}}], name: n}}]\n")

    assert after.splitlines()[:5] == [
        "rules:",
        "  - tests:",
        "      - name: n",
        "        events:",
        "          - {at: 0s, field_number_0: value-0, field_number_1: value-1, "
        "field_number_2: value-2,",
    ]


def test_a_long_event_of_a_test_is_folded_within_its_braces() -> None:
    fields = ", ".join(f"field_number_{n}: value-{n}" for n in range(6))
    text = f"rules:\n  - tests:\n    - events:\n      - {{at: 0s, {fields}}} # why\n"
    after = formatted(text)

    assert after.splitlines()[-2:] == [
        "          - {at: 0s, field_number_0: value-0, field_number_1: value-1, "
        "field_number_2: value-2,",
        "             field_number_3: value-3, field_number_4: value-4, field_number_5: value-5}"
        + after.splitlines()[-1].partition("}")[2],
    ]
    assert after.endswith("# why\n")
    assert formatted(after) == after


def test_comments_within_brackets_stay_by_their_item() -> None:
    text = "channels: [ # all\n  a,   # first\n  # before b\n  b ] # end\n"

    assert "- a" in formatted(text)
    for comment in ("# all", "# first", "# before b", "# end"):
        assert comment in formatted(text)


def test_what_no_playbook_may_hold_is_refused() -> None:
    with pytest.raises(PlaybookError, match="aliases are not allowed"):
        format_file("rules.yaml", "a: &x 1\nb: *x\n")


def test_meaning_is_values_not_layout() -> None:
    one = semantic_hash({"a": "rules: [{id: r, if: a>1}]\n"})

    assert one == semantic_hash({"a": "rules:\n- if: >\n    a  >\n    1\n  id: r # c\n"})
    assert one != semantic_hash({"a": "rules: [{id: r, if: a>2}]\n"})
    assert one != semantic_hash({"a": "rules: [{id: q, if: a>1}]\n"})


WORDS = st.sampled_from(["a", "b-c", "12", "1.10", "no", "21:00", "x y", "true", "7d"])
QUOTED = st.sampled_from(['"a: b"', "'it''s'", '"# no comment"', "'{x}'", '""'])
EXPRESSION = st.sampled_from(
    ["a>1", "a > 1 && b", "!a", "x in ['q','r'] || not (c)", "min(a,  -1) <2", "bad ; one"]
)
COMMENT = st.sampled_from(["", "", "", "  # a note", " # 'quoted' {x"])
ABOVE = st.sampled_from(["", "", "", "\n", "# above\n", "\n\n# one\n\n# two\n"])


@st.composite
def trees(draw: st.DrawFn, depth: int) -> object:
    if depth == 0 or draw(st.booleans()):
        return draw(WORDS | QUOTED)
    if draw(st.booleans()):
        return draw(st.lists(trees(depth - 1), min_size=1, max_size=3))
    keys = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True))
    return {key: draw(trees(depth - 1)) for key in keys}


@st.composite
def laid_out(draw: st.DrawFn, value: object, indent: int, *, flow: bool = False) -> str:
    """A tree as some author might write it, from the place behind a key or a dash on."""
    if not isinstance(value, dict | list):
        return f" {value}" if flow else f" {value}{draw(COMMENT)}"
    if flow or draw(st.integers(0, 3)) == 0:
        gap = draw(st.sampled_from(["", " ", "  "]))
        if isinstance(value, dict):
            parts = [f"{k}:{draw(laid_out(v, 0, flow=True))}" for k, v in value.items()]
        else:
            parts = [draw(laid_out(v, 0, flow=True)).strip() for v in value]
        inside = f",{gap} ".join(parts)
        opened, closed = "{}" if isinstance(value, dict) else "[]"
        text = f" {opened}{gap}{inside}{gap}{closed}"
        return text if flow else text + draw(COMMENT)
    pad = " " * (indent + draw(st.sampled_from([1, 2, 4])))
    lines = []
    for item in value.items() if isinstance(value, dict) else value:
        above = "".join(
            pad + line if line.strip() else line for line in draw(ABOVE).splitlines(keepends=True)
        )
        key, inner = item if isinstance(value, dict) else (None, item)
        head = "-" if key is None else f"{key}:"
        lines.append(f"{above}{pad}{head}{draw(laid_out(inner, len(pad)))}")
    return draw(COMMENT) + "\n" + "\n".join(lines)


@st.composite
def files(draw: st.DrawFn) -> str:
    rule = {"id": "r", **{k: draw(trees(2)) for k in "ab"}, "owner": "o"}
    keys = draw(st.permutations(sorted(rule)))
    body = "".join(f"    {key}:{draw(laid_out(rule[key], 4))}\n" for key in keys)
    condition = draw(EXPRESSION)
    style = draw(st.sampled_from(['"{}"', ">\n      {}", "|-\n      {}"]))
    top = draw(laid_out(draw(trees(2)), 0))
    note = draw(ABOVE)
    return f"{note}first:{top}\nrules:\n  -\n{body}    if: {style.format(condition)}\n{draw(ABOVE)}"


@settings(max_examples=300, deadline=None)
@given(files())
def test_any_layout_comes_to_rest_and_keeps_values_and_comments(text: str) -> None:
    after = formatted(text)

    assert formatted(after) == after
    assert semantic_hash({"f": after}) == semantic_hash({"f": text})
    assert sorted(words_of(comments(after))) == sorted(words_of(comments(text)))


def words_of(found: list[str]) -> list[str]:
    return [word for comment in found for word in re.split(r"\s+|(?=#)", comment) if word]


def test_expressions_keep_their_tree() -> None:
    for text in ("a > 1 and (b or not c)", "min(a, -1) < 2 * (c - d)", "x not in ['a', \"b'\"]"):
        assert shape(parse(canonical(text))) == shape(parse(text))
