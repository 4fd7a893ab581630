"""Files that were written to do harm, each with what is said about it."""

from rules.playbook.document import MAX_BYTES
from tests.rules.playbook.texts import RULE

_FULL = MAX_BYTES - 100
_IF = "    if: >\n      event.direction"


def _rule(expression: str) -> str:
    """The small rule with another condition."""
    before, _, after = RULE.partition("    if: >\n")
    return f"{before}    if: {expression}\n    topic:{after.partition('    topic:')[2]}"


FILES: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "the file is empty"),
    "spaces": (" " * _FULL, "the file is empty"),
    "line breaks": ("\n" * _FULL, "the file is empty"),
    "comments only": ("# nothing\n", "comments only"),
    "a long comment": ("#" * _FULL, "a line has at most 10,000 characters"),
    "a list": ("- a\n", "a file must hold keys at its top"),
    "a text": ("a" * 9_000, "a file must hold keys at its top"),
    "a long text": ("a" * _FULL, "a line has at most 10,000 characters"),
    "two documents": ("a: 1\n---\nb: 2\n", "a file holds one document"),
    "brackets in a line": ("x: " + "[" * 9_000, "a line opens at most 100 brackets"),
    "braces in a line": ("x: " + "{a: " * 2_000, "a line opens at most 100 brackets"),
    "dashes in a line": ("- " * 4_000 + "a", "a line opens at most 100 brackets"),
    "question marks in a line": ("? " * 4_000 + "a", "a line opens at most 100 brackets"),
    "brackets on lines": ("[\n" * 4_900, "at most 16 levels deep"),
    "braces on lines": ("{a:\n" * 4_900, "at most 16 levels deep"),
    "20,000 brackets on lines": ("[\n" * 20_000, "at most 12,000 lines"),
    "20,000 brackets": ("[" * 20_000, "a line has at most 10,000 characters"),
    "deep": ("x: " + "[" * 20, "at most 16 levels deep"),
    "deep by indentation": (
        "".join(f"{' ' * depth}a:\n" for depth in range(600)),
        "at most 16 levels deep",
    ),
    "deep by dashes": (
        "".join(f"{' ' * depth}-\n" for depth in range(600)),
        "at most 16 levels deep",
    ),
    "too large": ("x: " + "y" * MAX_BYTES, "at most 256 KiB"),
    "a megabyte": (_rule("a" * 1_000_000), "at most 256 KiB"),
    "a long expression": (_rule("a" * 9_000), "at most 2000 characters"),
    "a long expression in quotes": (_rule(f"'{'- ' * 90}{'(' * 8_000}'"), "at most 2000"),
    "nested expression": (_rule("(" * 1_990), "at most 24 levels deep"),
    "NUL": ("x: \x00", "not allowed in a text file"),
    "escape": ("x: \x1b[31m", "not allowed in a text file"),
    "DEL": ("x: \x7f", "not allowed in a text file"),
    "C1 control": ("x: \x9f", "not allowed in a text file"),
    "surrogate": ("x: \ud800", "not allowed in a text file"),
    "not a character": ("x: \uffff", "not allowed in a text file"),
    "a second byte order mark": ("x: a\ufeffb\n", "unknown key 'x'"),
    "UTF-16": (RULE.encode("utf-16"), "a file must be UTF-8"),
    "UTF-16 without mark": (RULE.encode("utf-16-le"), "not allowed in a text file"),
    "UTF-32": (RULE.encode("utf-32"), "a file must be UTF-8"),
    "no UTF-8": (b"name: a\ndescription: \xff\n", "a file must be UTF-8"),
    "overlong UTF-8": (b"name: \xc0\xaf\n", "a file must be UTF-8"),
    "unfinished text": ("x: 'unfinished", "this text has no closing"),
    "long unfinished text": ('x: "' + "a\n" * 3_000, "this text has no closing"),
    "a tab": ("\tx: 1", "a tab"),
    "a list as a key": ("? [a]\n: 1\n", "a key must be a text"),
    "a long key": ("k" * 9_000 + ": 1\n", "cannot stand here"),
    "a long key of a rule": (RULE.replace("topic:", f"{'t' * 1_000}:"), "unknown key"),
    "anchors": ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchors are not allowed"),
    "a bomb": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "anchors are not allowed",
    ),
    "an anchor that holds itself": ("a: &a [*a]\n", "anchors are not allowed"),
    "tag": ("a: !!python/object/apply:os.system ['true']\n", "tags are not allowed"),
    "tag of its own": ("a: !run x\n", "tags are not allowed"),
    "merge key": ("a: {b: 1}\n<<: {c: 1}\n", "merge keys are not allowed"),
    "directive": ("%YAML 1.1\n---\nname: on\n", "directives are not allowed"),
    "tag directive": ("%TAG ! tag:x,2000:\n---\na: 1\n", "directives are not allowed"),
    "duplicate key": (RULE.replace("    topic:", "    owner: desk\n    topic:"), "given twice"),
    "a key that looks alike": (RULE.replace("topic:", "t\u043epic:"), "unknown key"),
    "an id that looks alike": (RULE.replace("id: call-back-soon", "id: c\u0430ll"), "lower-case"),
    "a number of full width": (RULE.replace("_level: 2", "_level: \uff12"), "a whole number"),
    "a huge whole number": (RULE.replace("_level: 2", f"_level: {'9' * 5_000}"), "integer"),
    "a number beyond all": (RULE.replace("24h", "1e999"), "is not a duration"),
    "a huge duration": (RULE.replace("24h", f"{'9' * 400}d"), "is not a duration"),
    "a name of Python": (_rule("event.__class__ == 'x'"), "unknown name"),
    "right to left": (RULE.replace("topic: calls", "topic: \u202ecalls"), "topic"),
    "many colons": ("a: " * 2_000, "this ':' cannot stand here"),
    "many commas": (f"a: [{',' * 9_000}]", "nothing stands before this"),
    "many quotes": ("a: " + "''" * 4_000, "unknown key"),
    "many hyphens": ("-" * 9_000, "a file must hold keys"),
    "many ampersands": ("a: " + "&" * 9_000, "anchor"),
    "many exclamation marks": ("a: " + "!" * 9_000, "tag"),
    "many percent signs": ("%" * 9_000, "found"),
    "many backslashes": ('a: "' + "\\" * 9_000 + '"', "unknown key"),
    "many carriage returns": ("a:\r" * 9_000, "is given twice"),
    "many keys": ("".join(f"k{n}: 1\n" for n in range(11_000)), "at most 1,000 entries"),
    "many rules": ("rules:\n" + "- a\n" * 11_000, "at most 1,000 entries"),
    "many empty rules": ("rules:\n" + "- {}\n" * 900, "is missing"),
    "many empty tests": ("rules:\n" + ("- tests:\n" + "  - {}\n" * 50) * 10, "is missing"),
    "many unknown keys": (
        "rules:\n" + f"- {{{', '.join(f'k{n}: 1' for n in range(30))}}}\n" * 60,
        "unknown key 'k0'",
    ),
    "many empty lists": ("rules:\n" + f"- tests: [{'{}, ' * 90}]\n" * 100, "5,000 brackets"),
}
