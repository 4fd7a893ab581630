"""Words in English for events of tasks and call-backs."""

from rules.playbook.words.language import EventWords

WORK_WORDS = {
    "task.done": EventWords("a task is done", "no task is done", "task done", "tasks done"),
    "task.failed": EventWords(
        "a task cannot be done", "no task turns out impossible", "failed task", "failed tasks"
    ),
    "callback.booked": EventWords(
        "a call-back is booked", "no call-back is booked", "call-back booked", "call-backs booked"
    ),
    "callback.done": EventWords(
        "a call-back is closed", "no call-back is closed", "closed call-back", "closed call-backs"
    ),
    "callback.missed": EventWords(
        "a call-back is missed", "no call-back is missed", "missed call-back", "missed call-backs"
    ),
    "callback.attempted": EventWords(
        "we try to call the customer back",
        "nobody tries to call the customer back",
        "call-back tried",
        "call-backs tried",
    ),
    "callback.reached": EventWords(
        "our call-back reaches the customer",
        "no call-back reaches the customer",
        "call-back that reached the customer",
        "call-backs that reached the customer",
    ),
}
"""Event type -> its words."""
