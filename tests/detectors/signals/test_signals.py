import importlib
import math
import pkgutil

import pytest

import detectors.signals
from detectors.contacts import DAY_S
from detectors.customer import Customer
from detectors.event import Event
from detectors.signals.registry import REGISTRY, detect
from tests.detectors.build import contact


def _customer(*events: Event) -> Customer:
    customer = Customer(events[0].customer if events else "c-1")
    for event in events:
        customer.update(event)
    return customer


def test_every_signal_is_registered_under_its_file() -> None:
    modules = {module.name for module in pkgutil.iter_modules(detectors.signals.__path__)}

    assert modules - {"registry"} == set(REGISTRY)
    assert len(REGISTRY) == 3
    for name, signal in REGISTRY.items():
        module = importlib.import_module(f"detectors.signals.{name}")
        assert signal is getattr(module, name)
        assert "References" in (signal.__doc__ or "")


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


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 1e308, None, "long", [1]])
@pytest.mark.parametrize("stage", ["started", "queued", "answered", "abandoned", "ended"])
def test_every_signal_survives_bad_values_and_stays_in_range(stage: str, value: object) -> None:
    event = contact(stage, 100.0, wait_s=value, service_s=value, topic=value, unknown=value)
    customer = _customer(event)

    signals = detect(event, customer, 100.0)
    assert list(signals) == list(REGISTRY)
    assert all(0.0 <= strength <= 1.0 for strength in signals.values())


def test_detecting_changes_nothing() -> None:
    event = contact("abandoned", 100.0, wait_s=90.0)
    customer = _customer(contact("started", 0.0), event)

    assert detect(event, customer, 100.0) == detect(event, customer, 100.0)


def test_of_an_event_without_fields_nothing_is_felt() -> None:
    event = Event("1", "test", "contact.answered", 0.0, "c-1", {})

    assert set(detect(event, _customer(event), 0.0).values()) == {0.0}
