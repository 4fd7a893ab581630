import pytest

from detectors.event import Event
from tests.detectors.build import felt, happened


def views(*visits: tuple[float, str]) -> list[Event]:
    return [happened("page.view", at, path=path) for at, path in visits]


@pytest.mark.parametrize(
    ("visits", "strength"),
    [
        ([(0.0, "/a"), (9.0, "/b"), (15.9, "/a")], 0.5),  # 6.9 s on /b
        ([(0.0, "/a"), (9.0, "/b"), (16.0, "/a")], 0.0),  # 7 s: perhaps it was read
        ([(0.0, "/a"), (9.0, "/b"), (12.0, "/c")], 0.0),
        ([(0.0, "/a"), (9.0, "/a"), (12.0, "/a")], 0.0),  # reloaded, never away
        ([(9.0, "/b"), (12.0, "/a")], 0.0),
    ],
)
def test_back_at_once(visits: list[tuple[float, str]], strength: float) -> None:
    assert felt("quick_back", visits[-1][0], *views(*visits)) == strength


def test_back_again_and_again() -> None:
    visits = [(float(n), "/list" if n % 2 == 0 else f"/item/{n}") for n in range(7)]

    at = [felt("quick_back", n, *views(*visits[: int(n) + 1])) for n, _ in visits]
    assert at == [0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 1.0]
    assert felt("quick_back", 306.0, *views(*visits)) == 0.0  # the last was 5 min ago


def refused(at: float, field: str, error: str = "length") -> Event:
    return happened("form.rejected", at, form="loan", field=field, error=error)


def test_a_form_that_refuses_the_same_again() -> None:
    assert felt("form_loop", 1.0, refused(0.0, "iban"), refused(1.0, "iban")) == 0.5
    assert felt("form_loop", 1.0, refused(0.0, "iban"), refused(1.0, "name")) == 0.0
    assert felt("form_loop", 1.0, refused(0.0, "iban"), refused(1.0, "iban", "digits")) == 0.0

    returned = [happened("form.returned", float(n), form="loan", field="iban") for n in range(2)]
    assert felt("form_loop", 1.0, *returned) == 0.5
    assert felt("form_loop", 1.0, returned[0], refused(1.0, "iban")) == 0.0


def test_a_form_that_was_sent_in_the_end_is_made_good() -> None:
    again = [refused(float(n), "iban") for n in range(4)]

    assert felt("form_loop", 5.0, *again, happened("form.submitted", 5.0, form="loan")) == 0.0


@pytest.mark.parametrize(
    ("data", "strength"),
    [
        ({"turns": 9}, 0.0),
        ({"turns": 10}, 0.5),
        ({"travel_px": 900, "displacement_px": 150}, 0.5),  # six times as far as it got
        ({"travel_px": 900, "displacement_px": 0}, 0.5),
        ({"travel_px": 900, "displacement_px": 151}, 0.0),
        ({"travel_px": 899, "displacement_px": 0}, 0.0),
        ({"travel_px": 2000}, 0.0),  # nobody knows how far it got
    ],
)
def test_a_pointer_that_searches(data: dict[str, float], strength: float) -> None:
    assert felt("cursor_thrash", 0.0, happened("ui.pointer", 0.0, **data)) == strength


@pytest.mark.parametrize(
    ("scrolled", "height", "strength"), [(2999, 1000, 0.0), (3000, 1000, 0.5), (3000, 0, 0.0)]
)
def test_scrolling_in_vain(scrolled: int, height: int, strength: float) -> None:
    left = happened("page.left", 0.0, scrolled_px=scrolled, page_px=height)

    assert felt("excessive_scroll", 0.0, left) == strength
