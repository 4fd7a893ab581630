"""Small faults put into a rule on purpose, and whether a case notices them.

A boundary moves from ``>=`` to ``>`` and back, a constant by one of the last place that was
written (0.35 by 0.01, 15m by a minute), an ``and`` turns into an ``or`` and back. A fault that no
case of the playbook notices says that nobody has written down what must happen there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.language.duration import UNITS, format_duration
from rules.language.nodes import Binary, Constant, walk
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.models import Playbook, Rule
from rules.playbook.timeline import read_timeline
from rules.playbook.tree import Path, RuleTree
from rules.playbook.variants import is_sound, play_variants
from rules.playbook.written import written_conditions, written_durations, written_times

_OTHER = {">=": ">", ">": ">=", "<": "<=", "<=": "<", "and": "or", "or": "and"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one small fault.

    Parameters
    ----------
    path, at, end
        Where the fault is: path in the playbook, and characters of the text there.
    change
        What became what, in words.
    noticed
        Whether the rule fires at other times in some case.
    """

    rule: str
    path: Path
    at: int
    end: int
    change: str
    noticed: bool


@dataclass(frozen=True, slots=True)
class _Fault:
    path: Path
    at: int
    end: int
    change: str
    rule: Rule


def mutate(
    playbook: Playbook, trees: Sequence[RuleTree], index: int, vocabulary: Vocabulary = VOCABULARY
) -> list[Mutant]:
    """Return the mutants of the rule at an index, in the order of its text."""
    rule = playbook.rules[index]
    faults = [fault for fault in _faults(trees[index]) if is_sound(fault.rule, vocabulary)]
    # The rule's own cases first; those of the others only for what is left.
    own = rule.tests
    others = [test for other in playbook.rules if other.id != rule.id for test in other.tests]
    noticed: set[int] = set()
    for tests in (own, others):
        left = [number for number in range(len(faults)) if number not in noticed]
        if not left or not tests:
            continue
        lines = [read_timeline(test, vocabulary) for test in tests]
        variants = [rule, *(faults[number].rule for number in left)]
        right, *wrong = play_variants(playbook, variants, lines, vocabulary)
        noticed |= {number for number, times in zip(left, wrong, strict=True) if times != right}
    return [
        Mutant(
            rule.id,
            ("rules", index, *fault.path),
            fault.at,
            fault.end,
            fault.change,
            number in noticed,
        )
        for number, fault in enumerate(faults)
    ]


def _faults(tree: RuleTree) -> Iterator[_Fault]:
    for condition in written_conditions(tree):
        for node in walk(condition.node):
            for start, end, other in _edits(node, condition.text):
                text = condition.text[:start] + other + condition.text[end:]
                shown = " ".join(condition.text[node.at : node.end].split())
                change = f"'{condition.text[start:end]}' turned into '{other}' in {shown}"
                if isinstance(node, Constant):
                    change = f"{condition.text[start:end]} turned into {other}"
                yield _Fault(condition.path, start, end, change, condition.put(text))
    for length in written_durations(tree.rule):
        written = _spelled(length.seconds)
        for other in _neighbours(written):
            change = f"{length.what} {written} turned into {other}"
            seconds = float(other[:-1]) * UNITS[other[-1]]
            yield _Fault(length.path, 0, 1, change, length.put(seconds))
    for times in written_times(tree.rule):
        for number in (times.number - 1, times.number + 1):
            change = f"times {times.number} turned into {number}"
            yield _Fault(times.path, 0, 1, change, times.put(number))


def _edits(node: object, text: str) -> Iterator[tuple[int, int, str]]:
    match node:
        case Binary(operator=operator, operator_at=at) if operator in _OTHER:
            yield at, at + len(operator), _OTHER[operator]
        case Constant(at=at, end=end, kind="num" | "duration"):
            written = text[at:end].strip("()")
            start = text.index(written, at)
            for other in _neighbours(written):
                yield start, start + len(written), other


def _spelled(seconds: float) -> str:
    """Return a duration in the largest unit of which it holds several.

    >>> _spelled(900.0), _spelled(86400.0), _spelled(1209600.0), _spelled(90.0)
    ('15m', '24h', '14d', '90s')
    """
    for unit in ("d", "h", "m"):
        if seconds > UNITS[unit] and seconds % UNITS[unit] == 0:
            return f"{seconds / UNITS[unit]:.0f}{unit}"
    return format_duration(seconds) if seconds < UNITS["m"] else f"{seconds:g}s"


def _neighbours(written: str) -> list[str]:
    """Return a number one less and one more in its last place, with its unit.

    >>> _neighbours("0.35"), _neighbours("15m"), _neighbours("1.5h"), _neighbours("0s")
    (['0.34', '0.36'], ['14m', '16m'], ['1.4h', '1.6h'], ['1s'])
    """
    unit = written[-1:] if written[-1:] in UNITS else ""
    number = written.removesuffix(unit)
    digits = len(number.partition(".")[2])
    step = 10.0**-digits
    values = [float(number) - step, float(number) + step]
    # A duration is never below zero.
    return [f"{value:.{digits}f}{unit}" for value in values if not unit or value >= 0.0]
