from bench.peers.catalogue import SYSTEMS
from bench.peers.measure import Cost
from bench.table import text
from bench.throughput import ENOUGH, Runs, report
from bench.throughput_stand import Measurement


def measured(cpu_us: float, *, same: bool = True) -> Measurement:
    """One run of 1,000 events that used a processor for so long per event, half of the time."""
    seconds = cpu_us * 1000 / 1e6
    cost = Cost(
        events=1000, wall_s=2 * seconds, cpu_s=seconds, broker_cpu_s=seconds / 4, cpu_before_s=1.0
    )
    return Measurement(cost, 10, same)


def test_median_spread_and_ratios() -> None:
    runs = Runs(
        done={
            "precede": [measured(7.0), measured(6.0), measured(20.0)],
            "faust_tables": [measured(140.0)] * 3,
            "quix_exactly_once": [measured(10.0)] * 3,
            "full_precede": [measured(20.0)] * 3,
            "full_faust_tables": [measured(190.0)] * 3,
        },
        skipped={"kafka_streams_exactly_once": "no javac"},
    )

    found = report(runs, ENOUGH, 3, {"cores": "2"})

    ours = found["systems"]["precede"]
    assert ours["cpu_us"] == {"median": 7.0, "low": 6.0, "high": 20.0}
    # 1,000 events in 2 x 7 ms
    assert ours["events_per_s"]["median"] == 71_428.571
    assert found["ratios"] == {
        "faust_tables": 0.05,  # 7 / 140
        "faust_raw": None,
        "quix_at_least_once": None,
        "quix_exactly_once": 0.7,  # 7 / 10
        "kafka_streams_exactly_once": None,
    }
    assert found["full_ratios"]["faust_tables"] == round(20 / 190, 4)
    met = {each["target"]: each["met"] for each in found["targets"]}
    assert list(met.values()) == [
        True,  # 7 us of 8
        None,  # Kafka Streams was not run
        False,  # 0.7 of Quix, more than 0.4
        True,  # 0.05 of Faust tables, at the limit
        True,  # 1,000,000 / 20 us = 50,000 events per processor second
        False,  # 190 / 20 = 9.5 times, less than 10
    ]


def test_the_table_tells_misses_skips_failures_and_wrong_results() -> None:
    runs = Runs(
        done={"precede": [measured(9.0)], "faust_raw": [measured(90.0, same=False)]},
        skipped={"kafka_streams_exactly_once": "no javac"},
        failed={"quix_exactly_once": "it must end well"},
    )

    shown = text(report(runs, ENOUGH, 1, {"cores": "2"}))

    assert "x 10.00" in shown  # 90 / 9
    assert "NO" in shown
    assert "MISSED: 9" in shown
    assert "no javac" in shown
    assert "it must end well" in shown
    assert "not measured" in shown


def test_a_quick_look_judges_nothing() -> None:
    runs = Runs(done={"precede": [measured(9.0)]})

    found = report(runs, ENOUGH - 1, 1, {"cores": "2"})

    assert found["targets"] == []
    assert "MISSED" not in text(found)
    assert "too few events" in text(found)


def test_every_system_has_a_name_of_its_own_and_tells_what_it_does() -> None:
    assert len({system.name for system in SYSTEMS}) == len(SYSTEMS)
    assert all(system.does and system.guarantee for system in SYSTEMS)
