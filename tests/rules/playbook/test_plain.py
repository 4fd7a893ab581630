"""The quick reader gives the tree of the complete one, or nothing."""

import random
from pathlib import Path

import pytest

import rules.playbook
from rules.playbook.document import read_complete
from rules.playbook.nodes import MAX_ITEMS, File, Mapping, Node, Scalar, Series, StopReadingError
from rules.playbook.plain import read_plain
from tests.rules.playbook.texts import PLAYBOOK, RULE

DEFAULT = sorted((Path(rules.playbook.__file__).parent / "default").glob("*.yaml"))
ODD = """\
a: b
c:
- x
- y: 1
  z: [a, {b: c, d: "e f"}, 'g''h', 07:00-24:00]   # c
-
  - q
d: >
  folded text
  more

  para

e: |-
  lit
    more
  end

# com
f: plain text
  goes on
  here   # c
g: {a: 1,
  b: x y}
h: "dq"
i: >-

  abc


k: a:b c#d - e ? f
l:
  - a: >
      x
      y
    b: [1,
      2]
  - |
    q
m: last
"""
INSERTED = [
    *" \n:-,[]{}#'\"|>ax1.&*!?%@`~=\\<",
    "\n  ",
    "\n    ",
    "\n- ",
    ": ",
    "- ",
    " #",
    "\n\n",
    "---\n",
]


def shape(node: Node) -> object:
    """Everything that the playbook may learn from a node."""
    at = (node.start, node.end)
    if isinstance(node, Scalar):
        return (*at, node.text, node.style or "")
    if isinstance(node, Series):
        return (*at, [shape(item) for item in node.items])
    assert isinstance(node, Mapping)
    return (*at, [(key, shape(k), shape(v)) for key, (k, v) in node.entries.items()])


def changed(text: str, draw: random.Random) -> str:
    for _ in range(draw.choice((1, 1, 2))):
        at = draw.randrange(len(text))
        match draw.randrange(4):
            case 0 | 1:
                text = text[:at] + draw.choice(INSERTED) + text[at:]
            case 2:
                text = text[:at] + text[at + draw.randrange(1, 4) :]
            case _:
                lines = text.split("\n")
                number = draw.randrange(len(lines))
                lines[number] = " " * draw.randrange(8) + lines[number].lstrip(" ")
                text = "\n".join(lines)
    return text


@pytest.mark.parametrize("text", [RULE, PLAYBOOK, ODD], ids=["rule", "playbook", "odd"])
def test_both_readers_agree_on_texts_that_were_changed(text: str) -> None:
    draw = random.Random(5)
    read = 0
    for _ in range(250):
        file = File("a.yaml", changed(text, draw))
        plain = read_plain(file)
        if plain is not None:
            read += 1
            complete, problems = read_complete(file)
            assert problems == []
            assert complete is not None
            assert shape(plain) == shape(complete)
    # Otherwise this proves nothing.
    assert read > 20


@pytest.mark.parametrize("path", DEFAULT, ids=[path.name for path in DEFAULT])
def test_the_default_playbook_is_plain(path: Path) -> None:
    file = File(path.name, path.read_text())
    plain, (complete, _) = read_plain(file), read_complete(file)

    assert plain is not None
    assert complete is not None
    assert shape(plain) == shape(complete)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1",
        "a:\tb\n",
        "a: b\r\n",
        "a: &b c\n",
        "a: *b\n",
        "a: !b c\n",
        "a: b\na: c\n",
        "a:\n",
        "? a\n: b\n",
        "a: 'b\n  c'\n",
        'a: "\\\\n"\n',
        "a: >+\n  b\n",
        "a: [b: c]\n",
        "a: {b}\n",
        "a: b: c\n",
        "---\na: b\n",
        "a: b\n...\n",
        "- a\n",
        "a: b\n c: d\n",
        "a: [b\n",
        "a: >b\n",
        "a: {b: >c}\n",
        "<<: {a: b}\n",
        "a: \u2028\n",
        "a: \x85b\n",
    ],
)
def test_what_is_not_plain_is_left_to_the_complete_reader(text: str) -> None:
    assert read_plain(File("a.yaml", text)) is None


@pytest.mark.parametrize("text", ["- x\n", "k{}: x\n"])
def test_a_list_has_an_end(text: str) -> None:
    lines = "".join(text.replace("{}", str(number)) for number in range(MAX_ITEMS + 1))
    top = f"a:\n{lines}" if text.startswith("-") else lines

    with pytest.raises(StopReadingError, match="at most 1,000 entries"):
        read_plain(File("a.yaml", top))
    _, [problem] = read_complete(File("a.yaml", top))
    assert problem.message == "a list has at most 1,000 entries"
