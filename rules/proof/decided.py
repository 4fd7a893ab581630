"""A decision, as far as the proof needs it."""

from dataclasses import dataclass

from detectors.event import Event


@dataclass(frozen=True, slots=True)
class Decided:
    """One candidate's end, read back from its record.

    Parameters
    ----------
    rule, customer, reason
        Which rule, for whom, and how it ended: ``sent`` is a firing.
    at
        When it was decided and, if sent, when the action was due at the earliest; event time.
    matched_at
        When the condition turned true, event time.
    trigger_id, trigger_type, trigger_at
        The event that made it true, or that armed an absence.
    action_id
        Of the action, also where none went out: the same rule, customer and occurrence have the
        same id under every playbook.
    topic
        The rule's.
    experiment, arm
        Whose arms, and which one: ``treated`` or ``holdout``; empty where no lots were drawn.
    holdout_share
        Of the customers held out, in [0, 1], as it was when this one was first exposed.
    step
        Which step of a play, from 1; a later one goes on with what was begun and is no firing.
    """

    rule: str
    customer: str
    reason: str
    at: float
    matched_at: float
    trigger_id: str
    trigger_type: str
    trigger_at: float
    action_id: str = ""
    topic: str = ""
    experiment: str = ""
    arm: str = ""
    holdout_share: float = 0.0
    step: int = 1

    @property
    def fired(self) -> bool:
        """Whether an action went out that began something."""
        return self.reason == "sent" and self.step == 1

    @property
    def delay_s(self) -> float:
        """How long after its trigger the rule matched: the length of an absence, else 0."""
        # To the millisecond: the sum of a time and a duration is not exact.
        return round(self.matched_at - self.trigger_at, 3)


def read_decision(event: Event) -> Decided:
    """Return what a record of type ``precede.decision`` says."""
    data = event.data
    trigger, holdout = data["trigger"], data.get("holdout") or {}
    treated_share = 1.0
    for _, _, percent in holdout.get("layers", ()):
        treated_share *= 1.0 - percent / 100.0
    return Decided(
        rule=data["rule"],
        customer=data["customer"],
        reason=data["reason"],
        at=event.at,
        matched_at=data["matched_at"],
        trigger_id=trigger["event_id"],
        trigger_type=trigger["type"],
        trigger_at=trigger["at"],
        action_id=data["action_id"],
        topic=data.get("topic", ""),
        experiment=holdout.get("experiment", ""),
        arm=holdout.get("arm", ""),
        holdout_share=1.0 - treated_share,
        step=data.get("play", {}).get("step", 1),
    )
