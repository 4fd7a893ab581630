"""What Precede itself makes of the events: scores of models, strengths of signals."""

from detectors.schema.name import Fields, Name, fields

SCORES: Fields = fields(
    Name("abandon", "num", "Will hang up before an agent answers", "probability", nullable=True),
    Name("repeat", "num", "Will contact again within 24 h", "probability", nullable=True),
    Name(
        "contact",
        "num",
        "Will contact within 24 h, when something is in the way",
        "probability",
        nullable=True,
    ),
    Name("churn", "num", "Will cancel within the horizon", "probability", nullable=True),
    Name("silence", "num", "Will not be active within the horizon", "probability", nullable=True),
    Name("sentiment", "num", "Whoever wrote this is content", "probability", nullable=True),
    Name(
        "topic",
        "text",
        "What this text is about, once likelier than all else, as told with other texts",
        nullable=True,
    ),
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
    Name("transfer", "num", "Passed on within the newest contact: once 0.5, more 1", "strength"),
    Name(
        "hold",
        "num",
        "On hold in the newest contact: over 120 s, or twice 0.5; both 1",
        "strength",
    ),
    Name(
        "callback_not_kept",
        "num",
        "A promised call: 15 min overdue 0.5; a day, or missed within 7 d 1",
        "strength",
    ),
    Name(
        "channel_switch",
        "num",
        "Channels for the newest topic within 24 h: two 0.5, three 1",
        "strength",
    ),
    Name(
        "web_to_call",
        "num",
        "In a contact within 30 min after a failed visit: 0.5, after three failures 1",
        "strength",
    ),
    Name(
        "ivr_loop",
        "num",
        "Voice menu: one place three times, or misunderstood twice 0.5; five times 1",
        "strength",
    ),
    Name(
        "zero_out",
        "num",
        "Asked for an agent in the voice menu: twice 0.5, four times 1",
        "strength",
    ),
    Name(
        "long_silence",
        "num",
        "Newest contact: over 20 s without a word, or 30 % silent 0.5; both 1",
        "strength",
    ),
    Name(
        "negative_sentiment",
        "num",
        "Mood -0.5 or less twice running, or a fall by 0.6 within 24 h 0.5; both 1",
        "strength",
    ),
    Name(
        "cursor_thrash",
        "num",
        "Pointer that searches within 5 min: once 0.5, three times 1",
        "strength",
    ),
    Name(
        "excessive_scroll",
        "num",
        "Pages scrolled three heights within 5 min: one 0.5, more 1",
        "strength",
    ),
    Name(
        "quick_back",
        "num",
        "Back from a page within 7 s: once in 5 min 0.5, three times 1",
        "strength",
    ),
    Name(
        "form_loop",
        "num",
        "One field failed alike, or was gone back to, within 30 min: twice 0.5, four 1",
        "strength",
    ),
    Name("delivery_silence", "num", "A parcel under way not seen for 24 h 0.5, 48 h 1", "strength"),
    Name(
        "case_overdue",
        "num",
        "An open case past its due time: 0.5, by a day or more 1",
        "strength",
    ),
    *(
        Name(
            f"friction_{name}",
            "num",
            f"All friction {words}; medium from 6, high from 15",
            "points",
        )
        for name, words in (
            ("visit", "of the newest visit, halved every 5 min"),
            ("5m", "of the customer, halved every 5 min"),
            ("1d", "of the customer, halved every day"),
            ("7d", "of the customer, halved every 7 d"),
        )
    ),
    Name(
        "effort",
        "num",
        "Friction of the open issue, of the event's topic or else the worst, halved every 7 d",
        "points",
    ),
)
"""Signal name -> its description.

Every strength is in [0, 1]: 0.5 notable, 1 strong. Sums are in points: 6 medium, 15 high.
"""
