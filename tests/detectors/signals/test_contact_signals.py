import pytest

from detectors.contacts import DAY_S
from detectors.event import Event
from tests.detectors.build import contact, felt, happened

CALL = contact("started", 0.0)


def of_call(kind: str, at: float, call: str = "a", **data: object) -> Event:
    return Event(f"{call}-{kind}-{at}", "test", kind, at, "c-1", {"call": call, **data})


def test_transfers_of_the_newest_contact() -> None:
    first = of_call("contact.transferred", 60.0, warm=False)
    second = of_call("contact.transferred", 90.0, warm=True)

    assert felt("transfer", 60.0, CALL, first) == 0.5
    assert felt("transfer", 90.0, CALL, first, second) == 1.0
    assert felt("transfer", 90.0, CALL, first, contact("started", 80.0, "b"), second) == 0.5
    returned = contact("started", 100.0, "b", direction="outbound")
    assert felt("transfer", 100.0, CALL, first, second, returned) == 0.0
    assert felt("transfer", 60.0 + DAY_S, CALL, first) == 0.0


def test_a_step_that_is_meant_to_slow_down_is_not_felt() -> None:
    for name, kind, data in (
        ("transfer", "contact.transferred", {}),
        ("hold", "contact.held", {"hold_s": 500.0}),
        ("zero_out", "ivr.step", {"agent_asked": True}),
        ("page_loop", "page.view", {"path": "/identity"}),
        ("login_failure", "login.failed", {"reason": "locked"}),
    ):
        steps = [of_call(kind, float(n), **data) for n in range(3)]
        meant = [of_call(kind, float(n), **data, deliberate=True) for n in range(3)]
        assert felt(name, 2.0, CALL, *steps) > 0.0
        assert felt(name, 2.0, CALL, *meant) == 0.0
        assert felt("friction_1d", 2.0, CALL, *steps) > 0.0
        assert felt("friction_1d", 2.0, CALL, *meant) == 0.0


@pytest.mark.parametrize(
    ("held_s", "strength"),
    [([120.0], 0.0), ([120.1], 0.5), ([10.0, 10.0], 0.5), ([60.0, 60.1], 1.0)],
)
def test_holds_by_their_length_and_number(held_s: list[float], strength: float) -> None:
    holds = [of_call("contact.held", float(n), hold_s=each) for n, each in enumerate(held_s)]

    assert felt("hold", 10.0, CALL, *holds) == strength


def test_a_promised_call_that_does_not_come() -> None:
    booked = happened("callback.booked", 0.0, callback="k", topic="limits", due_at=3600.0)

    times = (3600.0 + 900.0, 3600.0 + 901.0, 3600.0 + DAY_S - 1.0, 3600.0 + DAY_S)
    assert [felt("callback_not_kept", at, booked) for at in times] == [0.0, 0.5, 0.5, 1.0]
    for ended in ("callback.done", "callback.reached"):
        kept = happened(ended, 3000.0, callback="k")
        assert felt("callback_not_kept", 2 * DAY_S, booked, kept) == 0.0
    missed = happened("callback.missed", 5000.0, callback="k")
    assert felt("callback_not_kept", 5000.0, booked, missed) == 1.0
    assert felt("callback_not_kept", 5000.0 + 7 * DAY_S, booked, missed) == 0.0


def asked(at: float, channel: str, topic: str = "limits") -> Event:
    return contact("started", at, f"{channel}-{at}", channel=channel, topic=topic)


def test_one_matter_on_several_channels() -> None:
    phone, chat, mail = asked(0.0, "phone"), asked(60.0, "chat"), asked(120.0, "email")

    assert felt("channel_switch", 0.0, phone) == 0.0
    assert felt("channel_switch", 60.0, phone, chat) == 0.5
    assert felt("channel_switch", 120.0, phone, chat, mail) == 1.0
    assert felt("channel_switch", DAY_S, phone, chat, mail) == 0.5  # the call is 24 h ago
    assert felt("channel_switch", 60.0, phone, asked(60.0, "phone")) == 0.0
    assert felt("channel_switch", 60.0, phone, asked(60.0, "chat", "fees")) == 0.0
    assert felt("channel_switch", 60.0, phone, asked(60.0, "chat", "")) == 0.5


def test_a_case_from_another_channel_is_a_switch_and_a_returned_call_is_none() -> None:
    case = happened("case.opened", 60.0, case="k", topic="limits", channel="web")
    assert felt("channel_switch", 60.0, asked(0.0, "phone"), case) == 0.5

    ours = contact("started", 60.0, "b", channel="phone", direction="outbound", topic="limits")
    assert felt("channel_switch", 60.0, asked(0.0, "chat"), ours) == 0.0


def test_a_call_after_a_failed_visit() -> None:
    failed = [happened("app.error", float(at), path="/pay") for at in (0, 1, 2)]
    call = contact("started", 1800.0)

    assert felt("web_to_call", 1800.0, failed[2], call) == 0.5
    assert felt("web_to_call", 1800.0, *failed, call) == 0.5  # the first is exactly 30 min ago
    assert felt("web_to_call", 1799.0, *failed, contact("started", 1799.0)) == 1.0
    assert felt("web_to_call", 1800.0 + 6 * 3600.0, failed[2], call) == 0.0
    assert felt("web_to_call", 1802.0, failed[2], contact("started", 1802.0)) == 0.0
    after = happened("app.error", 1900.0, path="/pay")
    assert felt("web_to_call", 1900.0, call, after) == 0.0


def test_a_login_that_worked_in_the_end_is_no_failed_visit() -> None:
    failed, worked = happened("login.failed", 0.0), happened("login.succeeded", 10.0)

    assert felt("web_to_call", 60.0, failed, contact("started", 60.0)) == 0.5
    assert felt("web_to_call", 60.0, failed, worked, contact("started", 60.0)) == 0.0


def menu(at: float, node: str, call: str = "a", **data: object) -> Event:
    return of_call("ivr.step", at, call, node=node, **data)


def test_round_in_the_voice_menu() -> None:
    steps = [menu(float(n), node) for n, node in enumerate("mcmcmcmcm")]  # five times m

    at = [felt("ivr_loop", float(n), CALL, *steps[: n + 1]) for n in range(9)]
    assert at == [0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 1.0]
    other = contact("started", 4.5, "b")
    assert felt("ivr_loop", 5.0, CALL, *steps[:5], other, menu(5.0, "m", "b")) == 0.0


def test_a_menu_that_does_not_understand_and_a_caller_who_wants_out() -> None:
    steps = [menu(float(n), f"{n}", understood=False, agent_asked=True) for n in range(5)]

    unheard = [felt("ivr_loop", float(n), CALL, *steps[: n + 1]) for n in range(5)]
    assert unheard == [0.0, 0.5, 0.5, 0.5, 1.0]
    out = [felt("zero_out", float(n), CALL, *steps[: n + 1]) for n in range(5)]
    assert out == [0.0, 0.5, 0.5, 1.0, 1.0]


@pytest.mark.parametrize(
    ("longest_s", "share", "strength"),
    [(20.0, 0.3, 0.0), (20.1, 0.0, 0.5), (0.0, 0.31, 0.5), (21.0, 0.4, 1.0)],
)
def test_silence(longest_s: float, share: float, strength: float) -> None:
    told = of_call("contact.analysed", 60.0, longest_silence_s=longest_s, silent_share=share)

    assert felt("long_silence", 60.0, CALL, told) == strength
    assert felt("long_silence", 120.0, CALL, told, contact("started", 120.0, "b")) == 0.0


@pytest.mark.parametrize(
    ("moods", "strength"),
    [
        ([-0.5], 0.0),
        ([-0.5, -0.5], 0.5),
        ([-0.4, -0.9], 0.0),
        ([0.3, -0.3], 0.5),  # a fall by 0.6
        ([0.3, 0.0, -0.3], 0.5),
        ([0.2, -0.6, -0.7], 1.0),
        ([-0.6, -0.7, 0.5], 0.0),  # made good
    ],
)
def test_a_bad_mood(moods: list[float], strength: float) -> None:
    said = [of_call("contact.sentiment", float(n), sentiment=mood) for n, mood in enumerate(moods)]

    assert felt("negative_sentiment", 9.0, CALL, *said) == strength


def test_moods_of_two_contacts_are_not_compared() -> None:
    before = of_call("contact.sentiment", 0.0, "a", sentiment=0.9)

    after = of_call("contact.sentiment", 60.0, "b", sentiment=-0.4)
    assert felt("negative_sentiment", 60.0, before, after) == 0.0


def test_a_case_that_is_overdue() -> None:
    case = happened("case.opened", 0.0, case="k", topic="limits", due_at=DAY_S)

    times = (DAY_S, DAY_S + 1.0, 2 * DAY_S - 1.0, 2 * DAY_S)
    assert [felt("case_overdue", at, case) for at in times] == [0.0, 0.5, 0.5, 1.0]
    closed = happened("case.closed", 60.0, case="k", topic="limits")
    assert felt("case_overdue", 2 * DAY_S, case, closed) == 0.0
    assert felt("case_overdue", 80 * DAY_S, happened("case.opened", 0.0, case="k")) == 0.0


def test_a_parcel_nobody_hears_of() -> None:
    order = happened("order.placed", 0.0, order="o")
    shipped = happened("order.shipped", 60.0, order="o")
    seen = happened("shipment.scanned", 90.0, order="o")

    assert felt("delivery_silence", 3 * DAY_S, order) == 0.0  # it has not left yet
    times = (60.0 + DAY_S - 1.0, 60.0 + DAY_S, 60.0 + 2 * DAY_S)
    assert [felt("delivery_silence", at, order, shipped) for at in times] == [0.0, 0.5, 1.0]
    assert felt("delivery_silence", 60.0 + DAY_S, order, shipped, seen) == 0.0
    assert felt("delivery_silence", 60.0 + DAY_S, order, seen, shipped) == 0.0  # out of order
    arrived = happened("delivery.completed", 100.0, order="o")
    assert felt("delivery_silence", 3 * DAY_S, order, shipped, arrived) == 0.0
