"""What must hold between the parts of a playbook, beyond the form of each."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from rules.gates.config import CENTRE, GatesConfig
from rules.language.checker import suggest
from rules.language.errors import Flaw
from rules.language.vocabulary import Vocabulary
from rules.playbook.cases import check_test
from rules.playbook.finding import Finding
from rules.playbook.levels import check_level
from rules.playbook.models import MAX_STEPS, Rule
from rules.playbook.play_checks import check_play
from rules.playbook.propensity import check_propensity
from rules.playbook.steps import Step
from rules.playbook.tree import Path, read_rule


@dataclass(frozen=True, slots=True)
class Known:
    """The ids that rules may refer to; template id -> where each of its texts is, and the text."""

    goals: Mapping[str, bool]
    """Goal -> whether it has no goals below it."""
    teams: Sequence[str]
    channels: Sequence[str]
    templates: Mapping[str, Sequence[tuple[Path, str]]]
    rules: Collection[str]


def check_rule(index: int, rule: Rule, known: Known, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield everything that is wrong with a rule of the right form."""
    at: Path = ("rules", index)
    yield from _references(at, rule, known)
    yield from _shape(at, rule)
    yield from check_play(at, rule)
    yield from check_propensity(at, rule, vocabulary)
    words = {step.template: known.templates.get(step.template, ()) for *_, step in rule.actions()}
    shown = {name: "\n".join(text for _, text in texts) for name, texts in words.items()}
    used = {(*path, "template"): step.template for _, path, step in rule.actions()}
    tree, flaws = read_rule(rule, shown, vocabulary)
    for path, flaw in flaws:
        if path in used:
            yield from _in_words(rule, words[used[path]], flaw)
        else:
            yield Finding((*at, *path), flaw)
    is_sound = all(flaw.severity == "warning" for _, flaw in flaws)
    if is_sound and (claim := check_level(tree)):
        yield _wrong((*at, "pyramid_level"), *claim)
    for number, test in enumerate(rule.tests):
        for found in check_test(test, rule, known.rules, vocabulary):
            yield Finding((*at, "tests", number, *found.path), found.flaw, found.is_key)
    fires = [any(e.fires == rule.id for e in test.expect) for test in rule.tests]
    if not any(fires) or all(fires):
        what = "in which it stays silent" if any(fires) else "that fires"
        message = f"rule {rule.id} must have a test {what}"
        yield Finding((*at, "id"), Flaw(0, len(rule.id), message, "add it under 'tests'"))


def _in_words(rule: Rule, texts: Sequence[tuple[Path, str]], flaw: Flaw) -> Iterator[Finding]:
    """Yield what is wrong with the words of an action where they stand, not where they are used.

    Parameters
    ----------
    flaw
        At characters of all texts of the template, joined by line ends.
    """
    message = flaw.message
    if message.startswith("unknown name"):  # other rules with these words may know it
        message = f"{message} in the words of rule {rule.id}"
    at, end = flaw.at, flaw.end
    for path, text in texts:
        if at <= len(text):
            yield Finding(path, replace(flaw, at=at, end=end, message=message))
            return
        at, end = at - len(text) - 1, end - len(text) - 1


def check_gates(gates: GatesConfig, known: Known) -> Iterator[Finding]:
    """Yield every team and channel that the gates name and nobody knows."""
    teams = [*known.teams, CENTRE]
    for name in gates.opening_hours:
        if name not in teams:
            yield _unknown(("gates", "opening_hours", name), "team", name, teams, is_key=True)
    for number, limit in enumerate(gates.capacity):
        if limit.team not in known.teams:
            at = ("gates", "capacity", number, "team")
            yield _unknown(at, "team", limit.team, known.teams)
    channels = [*known.channels, "*"]
    for path, channel, is_key in _channels(gates):
        if channel not in channels:
            yield _unknown(("gates", *path), "channel", channel, known.channels, is_key=is_key)


def _channels(gates: GatesConfig) -> Iterator[tuple[Path, str, bool]]:
    """Yield every channel that the gates name, its place, and whether it is a key there."""
    for number, cap in enumerate(gates.caps):
        yield ("caps", number, "channel"), cap.channel, False
    for key, lists in (
        ("quiet_hours", [hours.channels for hours in gates.quiet_hours]),
        ("service_level", [level.channels for level in gates.service_level]),
    ):
        for number, names in enumerate(lists):
            for place, channel in enumerate(names):
                yield (key, number, "channels", place), channel, False
    for channel in gates.contact_points:
        yield ("contact_points", channel), channel, True
    for channel in gates.consent.service:
        yield ("consent", "service", channel), channel, True


def check_zone(zone: str) -> Iterator[Finding]:
    """Yield a complaint when nobody knows the time zone."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        message, help_ = f"unknown time zone {zone!r}", "write one such as Asia/Jerusalem"
        yield _wrong(("time_zone",), message, help_)


def _wrong(path: Path, message: str, help_: str = "") -> Finding:
    return Finding(path, Flaw(0, 1_000, message, help_))


def _unknown(
    path: Path, what: str, name: str, known: Iterable[str], *, is_key: bool = False
) -> Finding:
    known = list(known)
    help_ = suggest(name, known) or (f"known: {', '.join(known)}" if known else f"add the {what}")
    return Finding(path, Flaw(0, len(name), f"unknown {what} {name!r}", help_), is_key)


def _references(at: Path, rule: Rule, known: Known) -> Iterator[Finding]:
    if rule.owner not in known.teams:
        yield _unknown((*at, "owner"), "team", rule.owner, known.teams)
    ends = [goal for goal, is_leaf in known.goals.items() if is_leaf]
    if rule.goal not in known.goals:
        yield _unknown((*at, "goal"), "goal", rule.goal, ends)
    elif not known.goals[rule.goal]:
        message = f"{rule.goal!r} has goals below it; a rule serves one that has none"
        yield _wrong((*at, "goal"), message, f"choose one of {', '.join(ends)}")
    for _, where, step in rule.actions():
        yield from _action((*at, *where), step, known)


def _action(path: Path, step: Step, known: Known) -> Iterator[Finding]:
    if step.to is not None and step.to not in known.teams:
        yield _unknown((*path, "to"), "team", step.to, known.teams)
    if step.to is None and step.do == "task":
        yield Finding(path, Flaw(0, 1, "a task must name the team that does it", "add 'to'"))
    if step.channel not in known.channels:
        yield _unknown((*path, "channel"), "channel", step.channel, known.channels)
    if step.template not in known.templates:
        yield _unknown((*path, "template"), "template", step.template, known.templates)


def _shape(at: Path, rule: Rule) -> Iterator[Finding]:
    kinds = {"when": rule.when, "sequence": rule.sequence, "absence": rule.absence}
    given = [key for key, value in kinds.items() if value]
    if len(given) != 1:
        message = "a rule has either 'when', 'sequence' or 'absence'"
        got = f"; got {' and '.join(repr(key) for key in given)}" if given else ""
        help_ = "keep one of them" if given else "write 'when: EVENT', or a list of steps"
        yield _wrong((*at, "id"), message + got, help_)
        return
    for name in rule.facts:
        if not name.isascii() or not name.isidentifier() or not name.islower():
            message = f"a fact's name is lower case, digits and '_'; got {name!r}"
            yield Finding((*at, "facts", name), Flaw(0, len(name), message), is_key=True)
    if (rule.mode == "canary") != (rule.percent is not None):
        message = "mode 'canary' and 'percent' belong together"
        key = "mode" if rule.percent is None else "percent"
        yield Finding((*at, key), Flaw(0, len(key), message, "write 'percent: 10'"), is_key=True)
    if rule.sequence:
        yield from _sequence(at, rule)
        return
    help_ = "use a fact that counts" if rule.when is not None else "the time stands in 'for'"
    for key, is_written in (
        ("within", rule.within_s is not None),
        ("strict", rule.strict),
        ("consume", rule.consume != "all"),
    ):
        if is_written:
            message = f"{key!r} is for a rule with a sequence"
            help_ = help_ if key == "within" else "remove it"
            yield Finding((*at, key), Flaw(0, len(key), message, help_), is_key=True)


def _sequence(at: Path, rule: Rule) -> Iterator[Finding]:
    positions = 0
    for number, step in enumerate(rule.sequence):
        positions += step.times if step.event is not None else 0
        if step.absent is not None and (number == 0 or number < len(rule.sequence) - 1):
            message = "'absent' is the last step, after one that comes"
            help_ = "move it to the end; what just stays away is an 'absence'"
            yield _wrong((*at, "sequence", number, "absent"), message, help_)
    if positions > MAX_STEPS:
        message = f"a sequence has at most {MAX_STEPS} events; got {positions}"
        yield Finding((*at, "sequence"), Flaw(0, 8, message, "count them with a fact"), True)
    if positions > 1 and rule.within_s is None:
        message = "a sequence of several events must say within which time they come"
        yield Finding((*at, "sequence"), Flaw(0, 8, message, "add 'within: 30m' to the rule"), True)
    elif positions == 1 and (rule.strict or rule.consume != "all"):
        key = "strict" if rule.strict else "consume"
        message = f"{key!r} is for a sequence of several events"
        yield Finding((*at, key), Flaw(0, len(key), message, "remove it"), is_key=True)
