"""Why a candidate ended as it did, in one sentence, from the record of the decision."""

from collections.abc import Callable, Iterable

from detectors.event import Event

_PASSED = {
    "sent": "went out to",
    "shadow": "would have gone out, were it live, to",
    "ghost": "was held out for comparison; else it had gone out to",
}


def newest_decision(decisions: Iterable[Event], rule: str, until: float) -> Event | None:
    """Return the last decision on a rule up to a time.

    Parameters
    ----------
    decisions
        Records of type ``precede.decision`` about one customer, in the order of the log.
    """
    found = None
    for decision in decisions:
        if decision.data["rule"] == rule and decision.at <= until:
            found = decision
    return found


def why(decision: Event, when: Callable[[float], str]) -> str:
    """Return why an action went out, or which gate held it back.

    Parameters
    ----------
    when
        Writes a time as people of the playbook's zone do.
    """
    data = decision.data
    rule, customer = data["rule"], data["customer"]
    because = str(data["explanation"]).rstrip(".")
    failed = next((gate for gate in data["gates"] if gate[1] != "pass"), None)
    at = when(decision.at)
    if failed is None and data["reason"] in _PASSED:
        return (
            f"{rule} {_PASSED[data['reason']]} {customer} on {at}: {because}; "
            f"all {len(data['gates'])} gates let it through."
        )
    if failed is None:
        return f"{rule} ended as {data['reason']} for {customer} on {at}: {because}."
    return (
        f"{rule} was held back for {customer} on {at} by {failed[0]}, {failed[2]}; "
        f"it had matched: {because}."
    )
