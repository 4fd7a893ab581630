from detectors.event import Event, encode_event
from streams.backtest.squeeze import concerns_all, squeeze
from tests.streams.engine.build import contact, progress


def state(at: float, queue: object = "calls", **data: object) -> bytes:
    return encode_event(Event("q", "bank", "queue.state", at, "", {"queue": queue, **data}))


CONTACT, PROGRESS = encode_event(contact("queued", 9.0)), encode_event(progress(9.0))
SWITCH = encode_event(Event("p", "publish", "control.playbook", 0.0, "", {"hash": "h"}))


def kept(*values: bytes) -> list[int]:
    return [offset for offset, _ in squeeze(values)]


def test_of_states_that_nobody_reads_between_the_newest_stays() -> None:
    assert kept(state(1), state(2), state(3), CONTACT, state(4), state(5)) == [0, 2, 3, 5]


def test_every_state_stays_where_rules_follow_waiting_callers() -> None:
    log = [state(1), state(2), SWITCH, state(3), CONTACT]

    assert [offset for offset, _ in squeeze(log, all_states=True)] == [0, 1, 3, 4]


def test_the_first_state_of_every_queue_stays() -> None:
    assert kept(state(1), state(2, "chat"), state(3), state(4, "chat"), CONTACT) == [0, 1, 2, 3, 4]


def test_each_queue_keeps_its_newest() -> None:
    first = (state(1), state(1, "chat"), CONTACT)

    assert kept(*first, state(2), state(3, "chat"), state(4), CONTACT) == [0, 1, 2, 4, 5, 6]


def test_time_passes_between_states_that_progress_parts() -> None:
    assert kept(state(1), state(2), PROGRESS, state(3), CONTACT) == [0, 1, 2, 3, 4]


def test_a_playbook_of_the_log_goes() -> None:
    assert kept(SWITCH, CONTACT) == [1]


def test_what_looks_like_a_state_and_is_none_stays() -> None:
    of_a_customer = Event(
        "q", "b", "page.view", 1.0, "c", {"type": "queue.state", "queue": "calls"}
    )
    strange = b'{"type":"queue.state"}', b"no json", state(1, queue=7), state(1, queue=7)
    hidden = Event("q", "b", "queue.other", 1.0, "", {"type": "queue.state", "queue": "calls"})

    values = (state(0), *strange, *2 * (encode_event(of_a_customer), encode_event(hidden)))

    assert kept(*values) == list(range(len(values)))


def test_what_concerns_a_customer_does_not_concern_all() -> None:
    assert concerns_all(PROGRESS)
    assert not concerns_all(CONTACT)
