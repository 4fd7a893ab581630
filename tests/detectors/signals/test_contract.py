"""What holds for every signal, with its usual and with odd thresholds."""

import importlib
import inspect
import math
import pickle
import pkgutil
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

import detectors.signals
from detectors.contacts import DAY_S
from detectors.customer import Customer, pack, unpack
from detectors.effort import KINDS
from detectors.effort_causes import CAUSES
from detectors.effort_points import FIRST_POINTS
from detectors.event import Event
from detectors.schema import EVENTS, SIGNALS
from detectors.signals.registry import REGISTRY, SUMS, detect
from detectors.standing import UPDATES

HOSTILE: list[Any] = [
    None, math.nan, math.inf, -math.inf, 1e308, -1e308, -1.0, 0, 10**400, True, "", "long" * 999,
    [1], {"a": 1},
]  # fmt: skip
ODD = (0, 1, -1, 1e-9, 1e308, math.inf)
KINDS_OF_EVENTS = sorted(
    {*UPDATES, *CAUSES, *(kind for kind in EVENTS if kind.startswith("contact."))}
)


def thresholds(signal: Callable[..., float]) -> dict[str, float]:
    """Return the thresholds of a signal, by name, with what they usually are."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(signal).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def hostile_events(count: int, seed: int = 6) -> Iterator[Event]:
    chance = random.Random(seed)
    for number in range(count):
        kind = chance.choice(KINDS_OF_EVENTS)
        data = {name: chance.choice(HOSTILE) for name in EVENTS[kind] if chance.random() < 0.8}
        data |= {f"unseen-{chance.random()}": chance.choice(HOSTILE)}
        yield Event(f"{number}", "test", kind, chance.uniform(0.0, 30 * DAY_S), "c-1", data)


@pytest.fixture(scope="module")
def hostile() -> tuple[list[Event], Customer]:
    """Return a thousand hostile events and the customer who met them all."""
    events, customer = list(hostile_events(1_000)), Customer("c-1")
    for event in events:
        customer.update(event)
    return events, customer


def test_every_signal_is_registered_under_its_file() -> None:
    modules = {module.name for module in pkgutil.iter_modules(detectors.signals.__path__)}

    assert modules - {"registry"} == set(REGISTRY)
    assert len(REGISTRY) == 30
    assert list(SUMS) == ["friction_visit", "friction_5m", "friction_1d", "friction_7d", "effort"]
    assert set(SIGNALS) == {*REGISTRY, *SUMS}
    for name, signal in REGISTRY.items():
        module = importlib.import_module(f"detectors.signals.{name}")
        assert signal is getattr(module, name)


@pytest.mark.parametrize("name", REGISTRY)
def test_every_signal_states_thresholds_and_sources_and_can_be_pickled(name: str) -> None:
    signal = REGISTRY[name]

    assert "References" in (signal.__doc__ or "")
    assert "0.5" in (signal.__doc__ or "")
    assert thresholds(signal)
    assert pickle.loads(pickle.dumps(signal)) is signal


@pytest.mark.parametrize("name", REGISTRY)
def test_every_signal_stays_in_range_with_odd_thresholds(
    name: str, hostile: tuple[list[Event], Customer]
) -> None:
    events, customer = hostile
    signal, usual = REGISTRY[name], thresholds(REGISTRY[name])
    before = pack(customer, math.inf)
    variants = [partial(signal), *(partial(signal, **{n: odd}) for n in usual for odd in ODD)]
    variants += [partial(signal, **dict.fromkeys(usual, odd)) for odd in ODD]

    for variant in variants:
        for event in events[::97]:
            strength = variant(event, customer, event.at)
            assert 0.0 <= strength <= 1.0
            assert strength == variant(event, customer, event.at)
    assert pack(customer, math.inf) == before


@pytest.mark.parametrize("name", REGISTRY)
def test_every_signal_rests_on_a_customer_about_whom_nothing_is_known(name: str) -> None:
    event = Event("1", "test", "usage.session", 0.0, "c-1", {})
    customer = Customer("c-1")
    customer.update(event)

    assert REGISTRY[name](event, customer, 0.0) == 0.0


def test_hostile_events_leave_signals_in_range_and_little_behind(
    hostile: tuple[list[Event], Customer],
) -> None:
    events, _ = hostile
    customer = Customer("c-1")
    largest = 0
    for event in events:
        customer.update(event)
        felt = detect(event, customer, event.at)
        assert all(0.0 <= felt[name] <= 1.0 for name in REGISTRY)
        assert all(0.0 <= felt[name] < math.inf for name in SUMS)
        largest = max(largest, len(pack(customer, math.inf)))

    packed = pack(customer, math.inf)
    assert pack(unpack("c-1", packed), math.inf) == packed
    assert largest < 32_768


def test_ten_thousand_names_of_things_leave_little_behind() -> None:
    customer = Customer("c-1")
    for number in range(10_000):
        kind = KINDS_OF_EVENTS[number % len(KINDS_OF_EVENTS)]
        data: dict[str, Any] = {
            name: f"{name}-{number}" for name in EVENTS[kind] if EVENTS[kind][name].kind == "text"
        }
        data |= {"session": f"visit-{number}", "rage": True, "wait_s": 600.0, "channel": "chat"}
        customer.update(Event(f"{number}", "test", kind, float(number), "c-1", data))

    assert len(pack(customer, math.inf)) < 16_384


def test_every_kind_of_friction_has_first_points_and_a_cause() -> None:
    assert set(FIRST_POINTS) == set(KINDS)
    # What only time brings about is felt, but is no event to be counted; errors are counted in two.
    assert set(KINDS) - {"app_error"} == set(REGISTRY) - {"case_overdue", "delivery_silence"}


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("kind", KINDS_OF_EVENTS)
def test_every_signal_survives_bad_values_of_any_event(kind: str, value: object) -> None:
    event = Event("1", "test", kind, 100.0, "c-1", dict.fromkeys(EVENTS[kind], value))
    customer = Customer("c-1")
    customer.update(event)

    felt = detect(event, customer, 1e9)
    assert list(felt) == [*REGISTRY, *SUMS]
    assert all(0.0 <= felt[name] <= 1.0 for name in REGISTRY)
    assert all(0.0 <= felt[name] < math.inf for name in SUMS)
