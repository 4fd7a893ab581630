"""Why a candidate ended as it did, in one sentence, from the record of the decision."""

from collections.abc import Callable, Iterable, Mapping

from detectors.event import Event
from rules.cancel import CANCEL
from rules.decision import DECISION

_CALLED_BACK: Mapping[str, str] = {
    "no_consent": "consent was withdrawn",
    "suppressed_contact": "the contact point was taken away",
    "already_asked": "the customer asked",
    "outcome": "the customer had answered",
}
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
        Records of decisions and cancels about one customer, in the order of the log.
    """
    found = None
    for decision in decisions:
        if decision.type == DECISION and decision.data["rule"] == rule and decision.at <= until:
            found = decision
    return found


def called_back(decision: Event, records: Iterable[Event], until: float) -> Event | None:
    """Return the cancel of what a decision sent, up to a time; ``None`` where there is none.

    Parameters
    ----------
    records
        Decisions and cancels about the customer, in the order of the log.
    """
    for record in records:
        if (
            record.type == CANCEL
            and record.data["action_id"] == decision.data["action_id"]
            and decision.at <= record.at <= until
        ):
            return record
    return None


def why(decision: Event, when: Callable[[float], str], cancel: Event | None = None) -> str:
    """Return why an action went out, or which gate held it back.

    Parameters
    ----------
    when
        Writes a time as people of the playbook's zone do.
    cancel
        What called it back afterwards.
    """
    data = decision.data
    rule, customer = data["rule"], data["customer"]
    if (play := data.get("play")) is not None:
        rule = f"{rule} (step {play['step']} of {play['of']})"
    because = str(data["explanation"]).rstrip(".")
    failed = next((gate for gate in data["gates"] if gate[1] != "pass"), None)
    at = when(decision.at)
    if failed is None and data["reason"] in _PASSED:
        return (
            f"{rule} {_PASSED[data['reason']]} {customer} on {at}: {because}; "
            f"all {len(data['gates'])} gates let it through{_end(cancel, when)}."
        )
    if failed is None:
        return f"{rule} ended as {data['reason']} for {customer} on {at}: {because}."
    return (
        f"{rule} was held back for {customer} on {at} by {failed[0]}, {failed[2]}; "
        f"it had matched: {because}."
    )


def _end(cancel: Event | None, when: Callable[[float], str]) -> str:
    if cancel is None:
        return ""
    why = _CALLED_BACK[cancel.data["reason"]]
    return f", and on {when(cancel.at)} it was called back, if it had not left: {why}"
