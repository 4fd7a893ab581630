"""What became of an action, as an event of its customer."""

from detectors.event import Event, encode_event
from streams.dispatch.entry import Entry
from streams.engine.contract import Outgoing
from streams.sources.cloudevents import CONTENT_TYPE

SOURCE = "precede/dispatch"
CAUSE = ("cause_depth", "cause_rule")
"""What an event of our own making carries, so that no rule feeds itself."""


def result_event(entry: Entry) -> Outgoing:
    """Return ``action.<state>`` for the topic of raw events.

    Its time is that of the decision it answers, so that it moves no clock of the log; its id
    follows from action and state, so that a repeat is recognised.
    """
    action = entry.action()
    event = Event(
        id=f"{entry.id}-{entry.state}",
        source=SOURCE,
        type=f"action.{entry.state}",
        at=entry.at,
        customer=entry.customer,
        data={
            "action_id": entry.id,
            "decision_id": action.get("decision_id"),
            "rule": action.get("rule"),
            "channel": entry.channel,
            "contact_point": entry.contact_point,
            "attempts": entry.attempts,
            "reason": entry.reason,
            **{name: action[name] for name in CAUSE if name in action},
        },
    )
    key = (entry.customer or entry.id).encode()
    return Outgoing("raw_events", key, encode_event(event), headers=(CONTENT_TYPE,))
