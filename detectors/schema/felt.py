"""What Precede itself makes of the events: scores of models, strengths of signals."""

from detectors.schema.name import Fields, Name, fields

SCORES: Fields = fields(
    Name("abandon", "num", "Will hang up before an agent answers", "probability", nullable=True),
    Name("repeat", "num", "Will contact again within 24 h", "probability", nullable=True),
)
"""Score name -> its description; missing where the event is not one the model scores."""

SIGNALS: Fields = fields(
    Name("queue_wait", "num", "A long wait: 0.5 from 60 s on, 1 from 180 s on", "strength"),
    Name("abandonment", "num", "Hung up in the queue within 24 h: once 0.5, more 1", "strength"),
    Name("repeat_contact", "num", "Inbound contacts in 7 d: the second 0.5, more 1", "strength"),
    Name("rage_click", "num", "Angry clicks within 5 min: once 0.5, more 1", "strength"),
    Name("dead_click", "num", "Clicks without effect within 5 min: two 0.5, four 1", "strength"),
    Name("error_click", "num", "Errors on screen within 30 min: one 0.5, more 1", "strength"),
    Name(
        "page_loop", "num", "One page again and again: three times in 15 s 0.5, five 1", "strength"
    ),
    Name("form_abandonment", "num", "Forms left within 24 h: one 0.5, more 1", "strength"),
    Name(
        "search_without_result",
        "num",
        "Searches within 10 min: three, or two without result 0.5; three without result 1",
        "strength",
    ),
    Name(
        "login_failure",
        "num",
        "Failed logins within 10 min since the last success: two 0.5, three or locked out 1",
        "strength",
    ),
    Name(
        "payment_failure",
        "num",
        "Failed payments within 7 d since the last success: one 0.5, two or a hard one 1",
        "strength",
    ),
    Name(
        "delivery_delay", "num", "An order later than promised: 0.5, by a day or more 1", "strength"
    ),
    Name(
        "promise_at_risk",
        "num",
        "A promise under way: due within 4 h 0.5, overdue 1",
        "strength",
    ),
    Name(
        "negative_feedback",
        "num",
        "Newest answer within 30 d is bad: 0.5, very bad 1",
        "strength",
    ),
    Name("case_reopened", "num", "Cases opened again within 30 d: one 0.5, more 1", "strength"),
)
"""Signal name -> its description. Every strength is in [0, 1]: 0.5 notable, 1 strong."""
