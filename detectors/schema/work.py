"""What teams tell of the work they were given: tasks, and call-backs on their way."""

from collections.abc import Mapping

from detectors.schema.contact import CALLBACK
from detectors.schema.name import Fields, Name, fields

_TASK = (
    Name("task", "text", "The task's own id"),
    Name("topic", "text", "What it is about", nullable=True),
    Name("action_id", "text", "The action that handed it over", nullable=True),
)
_REASON = Name("reason", "text", "Why, in a word or two", nullable=True)

WORK_EVENTS: Mapping[str, Fields] = {
    "task.done": fields(*_TASK, _REASON),
    "task.failed": fields(*_TASK, _REASON),
    "callback.attempted": fields(
        *CALLBACK, Name("attempt", "num", "Which attempt it was, from 1", "attempts", True)
    ),
    "callback.reached": fields(*CALLBACK),
}
"""Events of work on a customer's behalf, by those who do it."""
