"""The pyramid of proactive service: a rule must deserve the level it claims.

==  ======================================================================================
1   informs
2   answers at the first ask, or makes good a failed or abandoned one
3   takes the effort away once asked
4   acts before the ask, and changes something
5   makes the customer better off than they aimed to be: teaches, protects or grows
==  ======================================================================================

What can be told from the rule alone is checked when it loads. An open contact at run time lowers
the level in the decision.
"""

from detectors.contacts import STALE_S
from rules.language.nodes import Binary, Constant, Constants, Node, Reference, conjuncts, references
from rules.playbook.tree import RuleTree

CHANGING = frozenset({"task"})
"""What a step may `do` so that something is different afterwards, not only said."""
EFFORTLESS, BETTER_OFF = 3, 5
"""Levels of the table above: from which more than words is due, and the highest."""
_UNDER_WAY = {"contact.started", "contact.queued", "contact.waiting", "contact.answered"}
_OPEN_CASE = {"case.opened", "case.reopened"}


def check_level(tree: RuleTree) -> tuple[str, str] | None:
    """Return why a rule does not deserve its level and what to do, or nothing."""
    level = tree.rule.pyramid_level
    step = tree.rule.first
    teaches = level == BETTER_OFF and step.kind == "teach"  # by words, which is what teaching is
    found = None
    if level >= EFFORTLESS and step.do == "message" and not teaches:
        message = f"level {level} takes more than a message"
        found = (message, "claim 1 or 2, or hand a task to a team")
    elif level <= EFFORTLESS:
        found = None
    elif level == BETTER_OFF and step.kind is None:
        message = "level 5 must teach, protect or grow what the customer has"
        found = (message, "add 'kind: teach', 'protect' or 'grow' to the step, or claim 4")
    elif step.do not in CHANGING and not teaches:
        message = f"level {level} must change something; one {step.do} leaves the rest to them"
        found = (message, "claim 3, or hand a task to a team")
    elif reason := _asks(tree):
        found = (f"level {level} acts before the ask, but {reason}", "claim 2 or 3")
    elif not _is_early(tree):
        message = (
            f"level {level} needs a trigger that was observed or predicted, not just a contact"
        )
        found = (message, "read a score or a signal, wait with 'absent', or claim 3")
    return found


def _asks(tree: RuleTree) -> str:
    """Return how the rule begins with an ask that is still open or was not answered."""
    triggers = [(step.event or "", [node] if node else []) for step, node in tree.steps]
    if tree.rule.when is not None:
        triggers = [(tree.rule.when, [])]
    if (absence := tree.rule.absence) is not None and absence.for_s < STALE_S:
        # What began so short a time ago may still be under way.
        triggers = [(absence.of, [tree.absent[1]] if tree.absent and tree.absent[1] else [])]
    if triggers:
        # What the rule's own condition says of the event is about the last one.
        event_type, nodes = triggers[-1]
        triggers[-1] = (event_type, nodes + ([tree.if_] if tree.if_ else []))
    return next((ask for event_type, nodes in triggers if (ask := _ask(event_type, nodes))), "")


def _ask(event_type: str, nodes: list[Node]) -> str:
    """Return how an event, of which these conditions hold, is an ask that is still open."""
    found = ""
    if _proves(nodes, "event.direction", "outbound"):
        found = ""
    elif event_type in _UNDER_WAY:
        found = f"at {event_type} the customer is asking"
    elif event_type == "contact.abandoned":
        found = "an abandoned contact is an ask that nobody answered"
    elif event_type == "contact.ended" and not _proves(nodes, "event.outcome", "answered"):
        found = 'the contact that ended may not have been answered (event.outcome == "answered")'
    elif event_type in _OPEN_CASE:
        found = "an open case is an ask that nobody has settled"
    elif event_type == "feedback.received" and not _rules_out(nodes, "event.source", "complaint"):
        found = 'the feedback may be a complaint, which asks (event.source != "complaint")'
    return found


def _is_early(tree: RuleTree) -> bool:
    names = {name for node in tree.conditions() for name in references(node)}
    if tree.absent is not None or any(n.startswith(("score.", "signal.")) for n in names):
        return True
    return not tree.trigger.startswith("contact.")


def _proves(nodes: list[Node], name: str, value: str) -> bool:
    """Return whether one of the parts that must hold says that a name has this value."""
    return any(_says(part, name, value) for node in nodes for part in conjuncts(node))


def _says(part: Node, name: str, value: str) -> bool:
    match part:
        case Binary(operator="==", left=Reference(name=read), right=Constant(value=wanted)):
            return read == name and wanted == value
        case Binary(operator="==", left=Constant(value=wanted), right=Reference(name=read)):
            return read == name and wanted == value
        case Binary(operator="in", left=Reference(name=read), right=Constants(items=items)):
            return read == name and all(item.value == value for item in items)
    return False


def _rules_out(nodes: list[Node], name: str, value: str) -> bool:
    """Return whether one of the parts that must hold says that a name has another value."""
    return any(_denies(part, name, value) for node in nodes for part in conjuncts(node))


def _denies(part: Node, name: str, value: str) -> bool:
    match part:
        case Binary(operator="==" | "!=" as operator, left=Reference(name=read), right=right):
            says_so = isinstance(right, Constant) and right.value == value
            return read == name and says_so is (operator == "!=")
        case Binary(
            operator="in" | "not in" as operator,
            left=Reference(name=read),
            right=Constants(items=items),
        ):
            says_so = any(item.value == value for item in items)
            return read == name and says_so is (operator == "not in")
    return False
