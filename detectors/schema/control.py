"""What concerns everybody: queues, progress of the log, control."""

from collections.abc import Mapping

from detectors.schema.name import Fields, Name, fields

_ORDER = fields(
    Name("scope", "enum", "What it is about", values=("all", "rule", "channel")),
    Name("name", "text", "Which rule or channel", nullable=True),
    Name("by", "text", "Who ordered it"),
    Name("reason", "text", "Why"),
)

CONTROL_EVENTS: Mapping[str, Fields] = {
    "queue.state": fields(
        Name("queue", "text", "Name of the queue"),
        Name("length", "num", "How many wait", "customers"),
        Name("longest_wait_s", "duration", "Longest wait among those who wait now", "s"),
        Name("answered_10m", "num", "Answered from the queue in the last 10 min", "contacts"),
        Name("abandoned_10m", "num", "Hung up in the queue in the last 10 min", "contacts"),
        Name(
            "mean_wait_10m_s",
            "duration",
            "Mean wait of those who left the queue in the last 10 min",
            "s",
            nullable=True,
        ),
        Name("length_high", "num", "How many wait with high priority", "customers", nullable=True),
        Name("in_service", "num", "How many speak to an agent", "contacts", nullable=True),
        Name("last_wait_s", "duration", "Wait of the last one answered", "s", nullable=True),
        Name("served_10m", "num", "Answered in the last 10 min", "contacts", nullable=True),
    ),
    "progress": fields(
        Name("raw", "num", "Number of the raw partition"),
        Name("of_n", "num", "How many raw partitions there are"),
        Name("event_time", "time", "How far this raw partition has come"),
        Name("lateness_s", "duration", "How late an event of it may still be", "s"),
        Name("idle", "bool", "Whether no source writes to it"),
    ),
    "control.playbook": fields(
        Name("hash", "text", "The playbook that holds from here on"),
        Name(
            "approval",
            "enum",
            "Whether live rules need an approval by someone else than the author",
            nullable=True,
            values=("required", "off"),
        ),
        Name("author", "text", "Who published it", nullable=True),
        Name("approved_hash", "text", "The content that was approved", nullable=True),
        Name("approved_by", "text", "Who approved it", nullable=True),
        Name("approved_at", "time", "When it was approved", nullable=True),
    ),
    "control.stop": _ORDER,
    "control.resume": _ORDER,
    "control.tally": fields(
        Name("partition", "num", "Which partition counted"),
        Name("rule", "text", "Whose actions"),
        Name("sent", "num", "Actions since its last tally", "actions"),
        Name("opted_out", "num", "Opt-outs after them", "customers"),
        Name("sent_contacts", "num", "Contacts on the topic after them", "contacts"),
        Name("ghosts", "num", "Customers held out instead", "customers"),
        Name("ghost_contacts", "num", "Their contacts on the topic", "contacts"),
    ),
    "control.brake": fields(
        Name("rule", "text", "Which rule goes out of service"),
        Name("reason", "text", "What customers resented"),
    ),
    "control.release": fields(
        Name("rule", "text", "Which rule goes back into service"),
        Name("by", "text", "Who ordered it"),
        Name("reason", "text", "Why"),
    ),
    "control.weights": fields(
        Name("model", "text", "Which model begins with them"),
        Name("intercept", "num", "Its log-odds when nothing else is known"),
    ),
    "source.opened": fields(
        Name("clock", "enum", "Which clock times the source", values=("log", "live")),
        Name("ordered", "bool", "Whether its events come in order of time"),
        Name("reacts", "bool", "Whether customers can react to what we do"),
        Name("lateness_s", "duration", "How late an event of it may be", "s"),
    ),
    "source.closed": fields(),
    "customer.forgotten": fields(
        Name("salt", "text", "Salt of the digest by which late events are recognised")
    ),
}
"""Events of no customer, and the one that ends a customer; no rule follows them."""
