from math import erfc, sqrt
from random import Random

import pytest

from rules.proof.ratio import MISMATCH, sample_ratio_p


@pytest.mark.parametrize("held", [60, 80, 96, 100, 120, 150])
def test_it_is_pearsons_test_where_the_percentage_never_changed(held: int) -> None:
    units = [(n < held, 0.1) for n in range(1000)]

    # Observed less expected, squared, over expected; its tail with one degree of freedom.
    chi_square = (held - 100) ** 2 / 100 + (100 - held) ** 2 / 900
    assert sample_ratio_p(units) == pytest.approx(erfc(sqrt(chi_square / 2)))


def test_a_percentage_that_changed_under_way_is_no_mismatch() -> None:
    # 1,000 customers at 5 %, then 1,000 at 50 %, all as drawn.
    units = [(n < 50, 0.05) for n in range(1000)] + [(n < 500, 0.5) for n in range(1000)]

    assert (sample_ratio_p(units) or 0.0) > 0.9
    assert (sample_ratio_p([(held, 0.05) for held, _ in units]) or 0.0) < MISMATCH


def test_lots_pass_and_lost_customers_do_not() -> None:
    lots = Random(3)
    drawn = [(lots.random() < 0.1, 0.1) for _ in range(20_000)]
    lost = [(held, share) for held, share in drawn if not held or lots.random() < 0.85]

    assert (sample_ratio_p(drawn) or 0.0) >= MISMATCH
    assert (sample_ratio_p(lost) or 1.0) < MISMATCH


def test_nobody_drawn_is_no_test() -> None:
    assert sample_ratio_p([]) is None
    assert sample_ratio_p([(False, 0.0)] * 10) is None
