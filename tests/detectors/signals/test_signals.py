import pytest

from detectors.contacts import DAY_S
from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import SIGNALS
from detectors.signals import registry
from detectors.signals.registry import REGISTRY, SUMS, Signal, detect
from tests.detectors.build import contact, felt, happened

_FIELD = {"form": "loan", "field": "iban", "error": "length"}


def _customer(*events: Event) -> Customer:
    customer = Customer(events[0].customer if events else "c-1")
    for event in events:
        customer.update(event)
    return customer


@pytest.mark.parametrize(
    ("waited_s", "strength"), [(0.0, 0.0), (59.9, 0.0), (60.0, 0.5), (179.9, 0.5), (180.0, 1.0)]
)
def test_a_wait_that_goes_on(waited_s: float, strength: float) -> None:
    queued = contact("queued", 100.0)
    customer = _customer(contact("started", 90.0), queued)

    assert detect(queued, customer, 100.0 + waited_s)["queue_wait"] == strength


@pytest.mark.parametrize(("wait_s", "strength"), [(59.0, 0.0), (60.0, 0.5), (180.0, 1.0)])
@pytest.mark.parametrize("stage", ["answered", "abandoned"])
def test_a_wait_that_just_ended(stage: str, wait_s: float, strength: float) -> None:
    left = contact(stage, 100.0, wait_s=wait_s)
    customer = _customer(contact("queued", 100.0 - wait_s), left)
    assert detect(left, customer, 100.0)["queue_wait"] == strength

    ended = contact("ended", 300.0, wait_s=wait_s)
    customer.update(ended)
    assert detect(ended, customer, 300.0)["queue_wait"] == 0.0


@pytest.mark.parametrize(("wait_s", "strength"), [(10.0, 0.0), (10.1, 0.5)])
def test_a_short_wait_is_no_abandonment(wait_s: float, strength: float) -> None:
    event = contact("abandoned", 100.0, wait_s=wait_s)

    assert detect(event, _customer(event), 100.0)["abandonment"] == strength


def test_the_second_abandonment_within_a_day_is_strong() -> None:
    first, second = (
        contact("abandoned", 0.0, "a", wait_s=30.0),
        contact("abandoned", 60.0, "b", wait_s=30.0),
    )
    customer = _customer(first, second)

    assert detect(second, customer, 60.0)["abandonment"] == 1.0
    assert detect(second, customer, DAY_S - 0.1)["abandonment"] == 1.0
    assert detect(second, customer, DAY_S)["abandonment"] == 0.5
    assert detect(second, customer, DAY_S + 60.0)["abandonment"] == 0.0


def test_repeat_contact_counts_seven_days() -> None:
    starts = [contact("started", at, f"{at}") for at in (0.0, 3 * DAY_S, 6 * DAY_S)]
    assert detect(starts[0], _customer(*starts[:1]), 0.0)["repeat_contact"] == 0.0
    assert detect(starts[1], _customer(*starts[:2]), 3 * DAY_S)["repeat_contact"] == 0.5

    customer = _customer(*starts)
    assert detect(starts[2], customer, 6 * DAY_S)["repeat_contact"] == 1.0
    assert detect(starts[2], customer, 7 * DAY_S)["repeat_contact"] == 0.5
    assert detect(starts[2], customer, 10 * DAY_S)["repeat_contact"] == 0.0


def test_a_returned_call_is_no_repeat_contact() -> None:
    customer = _customer(
        contact("started", 0.0, "a"), contact("started", 60.0, "b", direction="outbound")
    )

    assert detect(contact("started", 60.0, "b"), customer, 60.0)["repeat_contact"] == 0.0


def test_detecting_changes_nothing() -> None:
    event = contact("abandoned", 100.0, wait_s=90.0)
    customer = _customer(contact("started", 0.0), event)

    assert detect(event, customer, 100.0) == detect(event, customer, 100.0)


def test_of_an_event_without_fields_nothing_is_felt() -> None:
    event = Event("1", "test", "contact.answered", 0.0, "c-1", {})

    assert set(detect(event, _customer(event), 0.0).values()) == {0.0}


def test_of_calls_alone_the_other_signals_are_not_felt() -> None:
    event = contact("abandoned", 100.0, wait_s=500.0)

    strengths = detect(event, _customer(event), 100.0)
    assert {name for name in REGISTRY if strengths[name]} == {"queue_wait", "abandonment"}


def test_nothing_is_computed_that_nobody_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    event = happened("ui.click", 0.0, rage=True)
    asked: list[str] = []

    def counting(name: str) -> Signal:
        def signal(event: Event, customer: Customer, at: float) -> float:
            asked.append(name)
            return REGISTRY[name](event, customer, at)

        return signal

    monkeypatch.setattr(registry, "REGISTRY", {name: counting(name) for name in REGISTRY})
    found = detect(event, _customer(event), 0.0)
    assert asked == []

    assert found.get("rage_click") == found["rage_click"] == 0.5
    assert found.get("unknown") is None
    assert asked == ["rage_click"]


@pytest.mark.parametrize(
    ("name", "kind", "data", "strengths", "window_s"),
    [
        # Signal, what raises it, strength after each time, length of its window.
        ("rage_click", "ui.click", {"rage": True}, [0.5, 1.0, 1.0], 300.0),
        ("dead_click", "ui.click", {"dead": True}, [0.0, 0.5, 0.5, 1.0], 300.0),
        ("error_click", "ui.click", {"error": True}, [0.5, 1.0], 1800.0),
        ("error_click", "app.error", {}, [0.5, 1.0], 1800.0),
        ("form_abandonment", "form.abandoned", {"deliberate": False}, [0.5, 1.0], DAY_S),
        ("search_without_result", "search.done", {"results": 3}, [0.0, 0.0, 0.5, 0.5], 600.0),
        ("search_without_result", "search.done", {"results": 0}, [0.0, 0.5, 1.0], 600.0),
        ("login_failure", "login.failed", {"reason": "password"}, [0.0, 0.5, 1.0], 600.0),
        ("login_failure", "login.failed", {"reason": "locked"}, [1.0], 600.0),
        ("payment_failure", "payment.failed", {"hard": False}, [0.5, 1.0], 7 * DAY_S),
        ("payment_failure", "payment.failed", {"hard": True}, [1.0], 7 * DAY_S),
        ("case_reopened", "case.reopened", {"case": "k1"}, [0.5, 1.0], 30 * DAY_S),
        ("cursor_thrash", "ui.pointer", {"turns": 10}, [0.5, 0.5, 1.0], 300.0),
        ("excessive_scroll", "page.left", {"scrolled_px": 300, "page_px": 100}, [0.5, 1.0], 300.0),
        ("form_loop", "form.rejected", _FIELD, [0.0, 0.5, 0.5, 1.0], 1800.0),
    ],
)
def test_strength_by_how_often_and_until_the_window_is_over(
    name: str, kind: str, data: dict[str, object], strengths: list[float], window_s: float
) -> None:
    events = [Event(f"{n}", "test", kind, float(n), "c-1", data) for n in range(len(strengths))]

    assert [felt(name, float(n), *events[: n + 1]) for n in range(len(events))] == strengths
    last = float(len(events) - 1)
    assert felt(name, last + window_s, *events) == 0.0
    assert felt(name, last + window_s - 0.5, *events) == strengths[0]


def test_a_step_that_slows_down_on_purpose_is_no_friction() -> None:
    assert felt("form_abandonment", 0.0, happened("form.abandoned", 0.0, deliberate=True)) == 0.0


def test_a_success_ends_the_failures_before_it() -> None:
    failed = [happened("login.failed", float(at), reason="locked") for at in (0, 1)]
    assert felt("login_failure", 2.0, *failed, happened("login.succeeded", 2.0)) == 0.0

    unpaid = [happened("payment.failed", float(at), hard=True) for at in (0, 1)]
    assert felt("payment_failure", 2.0, *unpaid, happened("payment.succeeded", 2.0)) == 0.0


@pytest.mark.parametrize(("visits", "strength"), [(2, 0.0), (3, 0.5), (4, 0.5), (5, 1.0)])
def test_one_page_again_and_again(visits: int, strength: float) -> None:
    views = [happened("page.view", float(2 * n), path="/limits") for n in range(visits)]

    assert felt("page_loop", 2.0 * (visits - 1), *views) == strength


def test_other_pages_between_do_not_hide_a_loop_and_old_visits_do_not_make_one() -> None:
    views = [
        happened("page.view", at, path=path)
        for at, path in ((0.0, "/a"), (5.0, "/b"), (7.0, "/a"), (9.0, "/b"), (14.9, "/a"))
    ]
    assert felt("page_loop", 14.9, *views) == 0.5
    assert felt("page_loop", 15.0, *views) == 0.0  # the first visit is exactly 15 s ago
    assert felt("page_loop", 9.0, *views[:4]) == 0.0


@pytest.mark.parametrize(
    ("delay_s", "strength"), [(0.0, 0.0), (1.0, 0.5), (DAY_S - 1.0, 0.5), (DAY_S, 1.0)]
)
def test_an_order_later_than_promised(delay_s: float, strength: float) -> None:
    event = happened("shipment.eta_changed", 0.0, order="o1", delay_s=delay_s)

    assert felt("delivery_delay", 0.0, event) == strength


def test_an_order_that_nobody_called_late_is_late_once_its_time_has_passed() -> None:
    order = happened("order.placed", 0.0, order="o1", promised_at=DAY_S)
    assert [felt("delivery_delay", DAY_S + s, order) for s in (0.0, 1.0, DAY_S)] == [0.0, 0.5, 1.0]

    other = happened("delivery.completed", DAY_S, order="o2")
    assert felt("delivery_delay", 2 * DAY_S, order, other) == 1.0
    arrived = happened("delivery.completed", DAY_S, order="o1")
    assert felt("delivery_delay", 2 * DAY_S, order, arrived) == 0.0


def test_a_promise_about_to_break() -> None:
    promise = happened("promise.made", 0.0, promise="p1", due_at=DAY_S)
    before_s = 4 * 3600.0

    times = (DAY_S - before_s - 1.0, DAY_S - before_s, DAY_S, DAY_S + 1.0)
    assert [felt("promise_at_risk", at, promise) for at in times] == [0.0, 0.5, 0.5, 1.0]
    kept = happened("promise.kept", 60.0, promise="p1")
    assert felt("promise_at_risk", DAY_S + 1.0, promise, kept) == 0.0


@pytest.mark.parametrize(
    ("scale", "strengths"),
    [
        ("csat", {1: 1.0, 2: 0.5, 3: 0.0}),
        ("ces", {1: 1.0, 2: 0.5, 3: 0.5, 4: 0.0}),
        ("nps", {2: 1.0, 3: 0.5, 6: 0.5, 7: 0.0}),
    ],
)
def test_the_newest_answer(scale: str, strengths: dict[int, float]) -> None:
    better = happened("feedback.received", 1.0, source="survey", scale="csat", score=5)
    for score, strength in strengths.items():
        answer = happened("feedback.received", 0.0, source="survey", scale=scale, score=score)
        assert felt("negative_feedback", 0.0, answer) == strength
        assert felt("negative_feedback", 30 * DAY_S, answer) == 0.0
        assert felt("negative_feedback", 1.0, answer, better) == 0.0


def test_meanings_name_the_strengths() -> None:
    for name in REGISTRY:
        assert "0.5" in SIGNALS[name].meaning, name
        assert SIGNALS[name].unit == "strength"
    for name in SUMS:
        assert SIGNALS[name].unit == "points"
