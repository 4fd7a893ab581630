import random

import msgpack
import pytest

from detectors.learning.drift import MIN_LEARNT, PATIENCE, LossWatch, MeanWatch


def losses(mean: float, count: int, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [mean + 0.2 * chance.random() for _ in range(count)]


def test_a_steady_loss_warns_of_nothing() -> None:
    watch = LossWatch()

    assert not [word for loss in losses(0.4, 5_000) if (word := watch.add(loss))]


def test_a_risen_loss_warns_and_then_is_certain() -> None:
    watch = LossWatch()
    words = [watch.add(loss) for loss in [*losses(0.4, 2_000), *losses(0.6, 500)]]

    assert words.count("warning") == 1
    assert words.index("warning") > 2_000
    assert watch.is_due()


def test_a_fallen_loss_is_no_drift() -> None:
    watch = LossWatch()

    assert not [w for loss in [*losses(0.6, 2_000), *losses(0.3, 500)] if (w := watch.add(loss))]


def test_a_warning_is_over_when_nothing_takes_over() -> None:
    watch = LossWatch()
    for loss in [*losses(0.4, 2_000), *losses(0.6, 400)]:
        watch.add(loss)
    words = [watch.add(loss) for loss in losses(0.6, PATIENCE)]

    assert "over" in words
    assert not watch.is_due()


def test_a_single_surprise_counts_no_more_than_five_nats() -> None:
    one, other = LossWatch(), LossWatch()
    for loss in losses(0.4, 1_000):
        one.add(loss)
        other.add(loss)
    one.add(34.5)
    other.add(5.0)

    assert one.to_list() == other.to_list()


@pytest.mark.parametrize("at", [0, 31, 1_000, 2_100, 2_000 + MIN_LEARNT])
def test_a_restored_watch_goes_on_byte_for_byte(at: int) -> None:
    given = [*losses(0.4, 2_000), *losses(0.6, 600)]
    watch = LossWatch()
    for loss in given[:at]:
        watch.add(loss)
    again = LossWatch.from_list(msgpack.unpackb(msgpack.packb(watch.to_list())))

    assert [watch.add(x) for x in given[at:]] == [again.add(x) for x in given[at:]]
    assert msgpack.packb(watch.to_list()) == msgpack.packb(again.to_list())


@pytest.mark.parametrize("to", [0.1, 0.7])
def test_a_mean_that_moves_is_noticed_without_labels_either_way(to: float) -> None:
    chance = random.Random(1)
    watch = MeanWatch()
    assert not any(watch.add(0.4 + 0.1 * chance.gauss(0, 1)) for _ in range(3_000))

    assert any(watch.add(to + 0.1 * chance.gauss(0, 1)) for _ in range(200))
    again = MeanWatch.from_list(msgpack.unpackb(msgpack.packb(watch.to_list())))
    assert again.to_list() == watch.to_list()
    assert watch.alarms == 1


def test_a_constant_has_no_mean_that_moves() -> None:
    watch = MeanWatch()

    assert not any(watch.add(0.0) for _ in range(1_000))
