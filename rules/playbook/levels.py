"""The pyramid of proactive service: a rule must deserve the level it claims.

==  ======================================================================================
1   informs
2   answers at the first ask, or makes good a failed or abandoned one
3   takes the effort away once asked
4   acts before the ask, and changes something
5   makes the customer better off than they aimed to be
==  ======================================================================================

What can be told from the rule alone is checked when it loads. An open contact at run time lowers
the level in the decision.
"""

from rules.language.nodes import Binary, Constant, Constants, Node, Reference, conjuncts, references
from rules.playbook.tree import RuleTree

CHANGING = frozenset({"task"})
"""What a step may `do` so that something is different afterwards, not only said."""
BETTERING: frozenset[str] = frozenset()
"""What a step may `do` so that a customer is better off than they aimed to be."""
_UNDER_WAY = {"contact.started", "contact.queued", "contact.answered"}


def check_level(tree: RuleTree) -> tuple[str, str] | None:
    """Return why a rule does not deserve its level and what to do, or nothing."""
    level = tree.rule.pyramid_level
    does = tree.rule.then[0].do
    found = None
    if level >= 3 and does == "message":  # noqa: PLR2004 - a level of the table above
        message = f"level {level} takes more than a message"
        found = (message, "claim 1 or 2, or hand a task to a team")
    elif level <= 3:  # noqa: PLR2004
        found = None
    elif does not in CHANGING:
        message = f"level {level} must change something; an {does} leaves the rest to the customer"
        found = (message, "claim 3, or hand a task to a team")
    elif reason := _asks(tree):
        found = (f"level {level} acts before the ask, but {reason}", "claim 2 or 3")
    elif not _is_early(tree):
        message = (
            f"level {level} needs a trigger that was observed or predicted, not just a contact"
        )
        found = (message, "read a score or a signal, wait with 'absent', or claim 3")
    elif level == 5 and does not in BETTERING:  # noqa: PLR2004
        found = ("level 5 must teach, protect or grow what the customer has", "claim 4")
    return found


def _asks(tree: RuleTree) -> str:
    """Return how the rule begins with an ask that is still open or was not answered."""
    triggers = [(step.event or "", [node] if node else []) for step, node in tree.steps]
    if tree.rule.when is not None:
        triggers = [(tree.rule.when, [])]
    if triggers:
        # What the rule's own condition says of the event is about the last one.
        event_type, nodes = triggers[-1]
        triggers[-1] = (event_type, nodes + ([tree.if_] if tree.if_ else []))
    for event_type, nodes in triggers:
        if _proves(nodes, "event.direction", "outbound"):
            continue
        if event_type in _UNDER_WAY:
            return f"at {event_type} the customer is asking"
        if event_type == "contact.abandoned":
            return "an abandoned contact is an ask that nobody answered"
        if event_type == "contact.ended" and not _proves(nodes, "event.outcome", "answered"):
            return 'the contact that ended may not have been answered (event.outcome == "answered")'
    return ""


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
