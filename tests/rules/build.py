"""Playbooks of a few rules at work, and a customer who meets them."""

import math
from typing import Any

from detectors.customer import Customer
from detectors.event import Event
from rules.match import Match
from rules.playbook.models import Playbook
from rules.program import Program

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def rule(identity: str, **keys: Any) -> dict[str, Any]:
    """Return a rule as it is written; `if_` stands for ``if``."""
    if "if_" in keys:
        keys["if"] = keys.pop("if_")
    return {
        "id": identity,
        "owner": "desk",
        "description": "d",
        "pyramid_level": 2,
        "goal": "g",
        "topic": "calls",
        "cooldown": "1h",
        "mode": "live",
        "then": [{"do": "task", "to": "desk", "channel": "task-desk", "template": "t"}],
        "explain": "said",
        **keys,
    }


def playbook(*rules: dict[str, Any], template: str = "text") -> Playbook:
    """Return a playbook of these rules."""
    content = {
        "name": "p",
        "description": "d",
        "time_zone": "Asia/Jerusalem",
        "goals": [{"id": "g", "name": "G"}],
        "teams": [{"id": "desk", "name": "D"}],
        "channels": ["task-desk"],
        "templates": [{"id": "t", "text": template}],
        "gates": {},
        "rules": list(rules),
    }
    return Playbook.model_validate(content)


def program(*rules: dict[str, Any], template: str = "text") -> Program:
    """Return a playbook of these rules at work."""
    return Program(playbook(*rules, template=template))


def event(kind: str, at: float, identity: str = "", **data: Any) -> Event:
    """Return an event of a contact."""
    fields = {"call": "k1", "direction": "inbound", "topic": "regular", **data}
    return Event(identity or f"{kind}-{at:g}", "bank", f"contact.{kind}", at, "c-1", fields)


class Play:
    """A customer and a program; events may be as late as `lateness_s`."""

    def __init__(self, running: Program, lateness_s: float = 0.0, **scores: float | str) -> None:
        self.program = running
        self.customer = Customer("c-1")
        self.scores = scores
        self.lateness_s = lateness_s

    def see(self, *seen: Event) -> list[float]:
        """Return as of when something fires, while events come."""
        return [match.at for one in seen for match in self.matches(one)]

    def matches(self, seen: Event) -> list[Match]:
        """Return what an event sets off, and what was due before it."""
        found = self.due(seen.at - self.lateness_s)
        self.customer.update(seen)
        complete = self.customer.at - self.lateness_s
        return found + self.program.observe(
            seen, self.customer, self.scores, {}, complete_until=complete
        )

    def due(self, until: float = math.inf, **known: Any) -> list[Match]:
        """Return what is due; nothing has a score any more."""
        return self.program.due(self.customer, until, {}, {}, **known)

    def over(self, until: float = math.inf) -> list[float]:
        """Return as of when something is due."""
        return [match.at for match in self.due(until)]
