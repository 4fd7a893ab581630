"""Random rules, random streams of events, and streams that arrive in another order."""

from random import Random
from typing import Any

from detectors.event import Event
from rules.playbook.checks import Known, check_rule
from rules.playbook.models import Playbook, Rule
from rules.program import Program
from tests.rules.oracle import WORLD, Arrival, Oracle, played, told

GRID_S = 300.0
"""Everything lies on a grid, so that every boundary is hit exactly."""
START_AT = 864_000.0
LATENESS_S = (0.0, 0.0, 600.0, 1500.0)
MOST_OF_A_TYPE = 8
"""Events of one type: what is remembered of any fact is exact up to here."""
KINDS = ("a", "b", "c", "d")
TESTS = [
    {"name": "n", "events": [{"at": 0, "event": "a"}], "expect": [{"at": 0, "fires": "r"}]},
    {"name": "m", "events": [{"at": 0, "event": "a"}], "expect": []},
]


def random_rule(random: Random) -> dict[str, Any]:
    """Return a rule as it is written."""
    rule: dict[str, Any] = {
        "id": "r",
        "owner": "desk",
        "description": "d",
        "pyramid_level": 1,
        "goal": "g",
        "topic": "calls",
        "cooldown": 0,
        "mode": "live",
        "then": [{"do": "task", "to": "desk", "channel": "desk", "template": "t"}],
        "tests": TESTS,
    }
    facts = {f"f{n}": _fact(random) for n in range(random.choice((0, 0, 0, 1, 2)))}
    shape = random.choice(("when", "when", "sequence", "sequence", "sequence", "absence"))
    if shape == "when":
        rule["when"] = random.choice("aab")
        facts = facts or {"f0": _fact(random)}
    elif shape == "sequence":
        rule |= _sequence(random)
    else:
        rule["absence"] = {"of": random.choice("abd"), "for": _time(random, 5)} | _if(random)
        if random.random() < 0.5:
            rule["absence"]["arm_if"] = random.choice(("event.x >= 2", "score.s > 0.5"))
    conditions = [_comparison(random, name, fact) for name, fact in facts.items()]
    if shape != "when" and random.random() < 0.3:
        conditions.append(random.choice(("score.s > 0.3", "event.x <= 3", "event.t == 'p'")))
    if conditions:
        rule["if"] = random.choice((" and ", " or ")).join(conditions)
    if shape == "sequence" and random.random() < 0.3:
        rule["occurrence"] = "event.k"
    shown = random.random() < 0.5
    rule["explain"] = " ".join(f"{{{name}}}" for name in facts) if facts and shown else "said"
    return rule | ({"facts": facts} if facts else {})


def random_log(random: Random) -> list[Arrival]:
    """Return events in order of time, with scores."""
    at, log = START_AT, []
    left = dict.fromkeys(KINDS, MOST_OF_A_TYPE)
    for number in range(random.randint(6, 16)):
        at += GRID_S * random.choice((0, 0, 1, 1, 1, 2, 3)) + random.choice(
            (0.0,) * 30 + (86400.0,)
        )
        kind = random.choice([kind for kind in "aaabbbccd" if left[kind]])
        left[kind] -= 1
        data: dict[str, Any] = {"k": random.choice(("k1", "k2"))}
        if random.random() < 0.9:
            data["x"] = random.choice((1, 2, 3.0, 4.0))
        if random.random() < 0.8:
            data["t"] = random.choice(("p", "q"))
        scores = {"s": random.choice((0.1, 0.4, 0.9))} if random.random() < 0.8 else {}
        log.append(Arrival(Event(f"{number:02}", "src", kind, at, "c-1", data), scores))
    return log


def shuffled(random: Random, log: list[Arrival], lateness_s: float) -> list[Arrival]:
    """Return the log as it may arrive: no event later than the lateness after a newer one."""
    delay = {a.event.id: a.event.at + random.random() * lateness_s for a in log}
    return sorted(log, key=lambda a: delay[a.event.id])


def program(*rules: dict[str, Any]) -> Program:
    """Return a playbook of rules at work, in a world of four kinds of events."""
    book = Playbook.model_validate(
        {
            "name": "p",
            "description": "d",
            "time_zone": "UTC",
            "goals": [{"id": "g", "name": "G"}],
            "templates": [{"id": "t", "text": "text"}],
            "gates": {},
            "rules": list(rules),
        }
    )
    return Program(book, WORLD)


def is_sound(rule: dict[str, Any]) -> bool:
    """Return whether a rule would load."""
    templates = {"t": [(("templates", 0, "text"), "text")]}
    known = Known({"g": True}, ["desk"], ["desk"], templates, ["r"])
    found = check_rule(0, running_rule(rule), known, WORLD)
    return all(finding.flaw.severity != "error" for finding in found)


def differences(seed: int) -> list[str]:
    """Return how the engine differs from the oracle on one random rule and stream.

    It runs in the order of arrival, again with the state written and read after random events,
    and, where no event is later than the lateness, in the order of time.
    """
    random = Random(seed)
    rule = random_rule(random)
    while not is_sound(rule):
        rule = random_rule(random)
    running = program(rule)
    read = running_rule(rule)
    log, lateness_s = random_log(random), random.choice(LATENESS_S)
    has_late = random.random() < 0.4
    arrived = shuffled(random, log, 1500.0 if has_late else lateness_s)
    expected = Oracle(read, arrived, lateness_s).fired()
    found = told(played(running, arrived, lateness_s))
    wrong = [] if found == expected else [f"{seed}: must be {expected}; got {found}"]
    saved = told(played(program(rule), arrived, lateness_s, lambda _: random.random() < 0.5))
    wrong += [] if saved == found else [f"{seed}: saved and read back {saved}; else {found}"]
    # Of equal times, what a `last` remembers is what came last, so there the order matters.
    has_last = any("last" in fact for fact in rule.get("facts", {}).values())
    if not has_late and lateness_s and "when" not in rule and not has_last:
        in_order = told(played(program(rule), log, lateness_s))
        wrong += [] if in_order == found else [f"{seed}: in order {in_order}; else {found}"]
    return wrong


def running_rule(rule: dict[str, Any]) -> Rule:
    """Return a rule as the playbook reads it."""
    return Rule.model_validate(rule)


def _fact(random: Random) -> dict[str, Any]:
    kind = random.choice(("count", "count", "since", "last", "sum"))
    fact: dict[str, Any] = {kind: random.choice("aabbcd")} | _if(random)
    if kind in {"count", "sum"} or (kind == "last" and random.random() < 0.5):
        fact["within"] = random.choice((_time(random, 5), _time(random, 5), "48h"))
    if kind in {"last", "sum"}:
        fact["of"] = "x" if kind == "sum" else random.choice(("x", "t"))
    return fact


def _comparison(random: Random, name: str, fact: dict[str, Any]) -> str:
    sign = random.choice((">", ">=", "<", "<=", "==", "!="))
    if "since" in fact:
        return f"{name} {sign} {random.choice((300, 900, 86_400))}s"
    if fact.get("of") == "t":
        return f"{name} {random.choice(('==', '!='))} 'p'"
    if random.random() < 0.2:
        return f"has({name})" if "last" in fact else f"{name} + 1 {sign} 3"
    return f"{name} {sign} {random.choice((1, 2, 3, 5))}"


def _sequence(random: Random) -> dict[str, Any]:
    steps = []
    for _ in range(random.choice((1, 1, 2, 2, 2, 3))):
        step: dict[str, Any] = {"event": random.choice("aab")} | _if(random)
        times = random.choice((1, 1, 1, 2, 3))
        if times > 1:
            step["times"] = times
            if random.random() < 0.7:
                step["within"] = _time(random, 3)
        steps.append(step)
    rule: dict[str, Any] = {"within": _time(random, 8)}
    if sum(step.get("times", 1) for step in steps) > 1:
        rule["strict"] = random.random() < 0.3
        rule["consume"] = random.choice(("all", "all", "none"))
    if random.random() < 0.5:
        absent = {"absent": random.choice("abcd"), "for": _time(random, 4)} | _if(random)
        steps.append(absent)
    return rule | {"sequence": steps}


def _time(random: Random, most: int) -> float:
    return GRID_S * random.randint(1, most)


def _if(random: Random) -> dict[str, str]:
    if random.random() < 0.75:
        return {}
    return {"if": random.choice(("event.x > 1", "event.x <= 3", "event.t == 'p'"))}
