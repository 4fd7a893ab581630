from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.event import InvalidEventError
from streams.sources.bank_calls.rows import COLUMNS, DAY_S, Row, parse_row

ROW = {
    "vru+line": "AA0101",
    "call_id": "33118",
    "customer_id": "27997683",
    "priority": "2",
    "type": "PS",
    "date": "990101",
    "vru_entry": "6:55:20",
    "vru_exit": "6:55:26",
    "vru_time": "6",
    "q_start": "6:55:26",
    "q_exit": "6:55:43",
    "q_time": "17",
    "outcome": "AGENT",
    "ser_start": "6:55:43",
    "ser_exit": "6:56:37",
    "ser_time": "54",
    "server": "MICHAL",
}
NO_QUEUE = {"q_start": "0:00:00", "q_exit": "0:00:00", "q_time": "0"}
NO_SERVICE = {"ser_start": "0:00:00", "ser_exit": "0:00:00", "ser_time": "0"}


def line(**changes: str) -> str:
    return "\t".join((ROW | changes).values())


def parse(**changes: str) -> Row:
    return parse_row(line(**changes))


def clock(hours: int, minutes: int, seconds: int) -> int:
    return hours * 3600 + minutes * 60 + seconds


def test_answered_call_has_every_stage() -> None:
    row = parse()

    assert row == Row(
        call="990101-AA0101-33118",
        customer_id="27997683",
        rounded_id=False,
        priority="high",
        topic="regular",
        returned=False,
        phantom=False,
        day=date(1999, 1, 1),
        started=clock(6, 55, 20),
        queued=clock(6, 55, 26),
        left=clock(6, 55, 43),
        answered=clock(6, 55, 43),
        ended=clock(6, 56, 37),
        outcome="answered",
    )


def test_bytes_and_padded_text_give_the_same_row() -> None:
    padded = line(vru_entry="06:55:20", server="MICHAL   ")

    assert parse_row(padded.encode()) == parse_row(padded) == parse()


def test_service_may_start_before_the_queue_ends() -> None:
    row = parse(ser_start="6:55:41")

    assert row.answered == row.left == clock(6, 55, 43)
    assert row.ended == clock(6, 56, 37)


def test_service_may_start_long_after_the_queue() -> None:
    row = parse(ser_start="6:58:00", ser_exit="6:59:00")

    assert row.answered == row.left == clock(6, 58, 0)


def test_entry_after_exit_of_the_vru_keeps_the_wait() -> None:
    row = parse(vru_entry="6:55:40", vru_time="-14")

    assert row.started == row.queued == clock(6, 55, 26)
    assert row.left - row.started == 17


def test_service_past_midnight() -> None:
    row = parse(
        vru_entry="23:59:15",
        vru_exit="23:59:34",
        ser_start="23:59:33",
        ser_exit="0:03:40",
        **NO_QUEUE,
    )

    assert row.queued is None
    assert row.answered == clock(23, 59, 34)
    assert row.ended == DAY_S + clock(0, 3, 40)


def test_wait_past_midnight() -> None:
    row = parse(
        vru_entry="23:59:23", vru_exit="23:59:23", q_start="23:59:28", q_exit="0:00:03",
        ser_start="0:00:03", ser_exit="0:00:55",
    )  # fmt: skip

    assert (row.queued, row.left, row.ended) == (clock(23, 59, 28), DAY_S + 3, DAY_S + 55)


def test_exit_at_midnight_sharp_is_a_time() -> None:
    row = parse(vru_entry="23:59:50", vru_exit="0:00:00", outcome="HANG", **NO_QUEUE, **NO_SERVICE)

    assert row.ended == DAY_S


def test_hanging_up_in_the_queue_is_abandonment_whatever_the_service_times() -> None:
    row = parse(outcome="HANG", ser_start="6:55:43", ser_exit="7:56:37", ser_time="3654")

    assert row.outcome == "abandoned"
    assert row.answered is None
    assert row.left == row.ended == clock(6, 55, 43)


def test_hanging_up_without_a_queue_is_no_abandonment() -> None:
    row = parse(outcome="HANG", **NO_QUEUE, **NO_SERVICE)

    assert row.outcome == "hung_up"
    assert row.ended == clock(6, 55, 26)


def test_answered_without_service_times_lasts_no_time() -> None:
    row = parse(**NO_SERVICE)

    assert row.outcome == "answered"
    assert row.answered == row.ended == clock(6, 55, 43)


@pytest.mark.parametrize(
    ("text", "customer", "rounded"),
    [
        ("0", None, False),
        ("9664491", "9664491", False),
        ("012", "12", False),
        ("123456789012", "123456789012", False),
        ("3.27E+11", None, True),
        ("3E+08", None, True),
    ],
)
def test_customer(text: str, customer: str | None, rounded: bool) -> None:
    row = parse(customer_id=text)

    assert (row.customer_id, row.rounded_id) == (customer, rounded)


@pytest.mark.parametrize(("text", "priority"), [("0", "regular"), ("1", "regular"), ("2", "high")])
def test_priority(text: str, priority: str) -> None:
    assert parse(priority=text).priority == priority


def test_only_type_tt_is_the_bank_calling() -> None:
    assert parse(type="TT").returned
    assert not parse(type="IN").returned


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        (
            "vru+line",
            "990101",
            "vru+line must be two capital letters and four digits; got '990101'",
        ),
        ("call_id", "", "call_id must be 1 to 10 digits; got ''"),
        ("customer_id", "", "customer_id must be 1 to 12 digits, 0 for nobody identified; got ''"),
        ("customer_id", "1234567890123", "customer_id must be 1 to 12 digits"),
        ("customer_id", "١٢", "customer_id must be 1 to 12 digits"),
        ("priority", "3", "priority must be one of 0, 1, 2; got '3'"),
        ("type", "XX", "type must be one of PS, PE, IN, NE, NW, TT, AA; got 'XX'"),
        ("date", "19990101", "date must be YYMMDD; got '19990101'"),
        ("date", "990230", "date must be YYMMDD; got '990230'"),
        ("vru_entry", "24:00:00", "vru_entry must be a time H:MM:SS; got '24:00:00'"),
        ("vru_exit", "6:60:00", "vru_exit must be a time H:MM:SS; got '6:60:00'"),
        ("vru_time", "six", "vru_time must be whole seconds; got 'six'"),
        ("q_start", "655", "q_start must be a time H:MM:SS; got '655'"),
        ("q_exit", "", "q_exit must be a time H:MM:SS; got ''"),
        ("q_time", "1.5", "q_time must be whole seconds; got '1.5'"),
        ("outcome", "TRANSFER", "outcome must be one of AGENT, HANG, PHANTOM; got 'TRANSFER'"),
        ("ser_start", "NO_SERVER", "ser_start must be a time H:MM:SS; got 'NO_SERVER'"),
        ("ser_exit", "-", "ser_exit must be a time H:MM:SS; got '-'"),
        ("ser_time", "9" * 30, f"ser_time must be whole seconds; got '{'9' * 20}'..."),
        ("server", "X" * 1000, "row must be at most 1000 bytes; got a longer one: 'AA0101"),
    ],
)
def test_error_names_the_column(column: str, text: str, expected: str) -> None:
    with pytest.raises(InvalidEventError) as caught:
        parse(**{column: text})

    assert str(caught.value).startswith(expected)


def test_shifted_columns_are_refused() -> None:
    fields = line().split("\t")

    with pytest.raises(
        InvalidEventError, match="row must have 17 columns separated by tabs; got 16"
    ):
        parse_row("\t".join(fields[:3] + fields[4:]))
    with pytest.raises(InvalidEventError, match="priority must be one of"):
        parse_row("\t".join([*fields[:3], "", *fields[3:-1]]))


@pytest.mark.parametrize(
    "row", [line(server="BAS\xd9H").encode("latin-1"), line(server="BAS\ufffdH")]
)
def test_bytes_that_are_no_text_are_refused_also_after_decoding(row: bytes | str) -> None:
    with pytest.raises(InvalidEventError, match="row must be text in UTF-8"):
        parse_row(row)


times = st.builds(
    "{}:{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)
)
columns = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["0", "12", "3.27E+11"]),
        "type": st.sampled_from(["PS", "TT"]),
        "outcome": st.sampled_from(["AGENT", "HANG", "PHANTOM"]),
    }
    | {name: times for name in COLUMNS if name.endswith(("_entry", "_exit", "_start"))}
    | {name: st.integers(-99, 999).map(str) for name in COLUMNS if name.endswith("_time")}
)


@given(columns)
def test_stages_of_any_readable_row_never_go_back(changes: dict[str, str]) -> None:
    row = parse(**changes)

    stages = [row.started, row.queued, row.left, row.answered, row.ended]
    times = [stage for stage in stages if stage is not None]
    assert times == sorted(times)
    assert -DAY_S < row.started < DAY_S
    assert row.outcome == ("answered" if row.answered is not None else row.outcome)
    assert (row.outcome == "abandoned") == (row.answered is None and row.queued is not None)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_other_bytes_give_a_clear_error(row: bytes | str) -> None:
    with pytest.raises(InvalidEventError, match="must"):
        parse_row(row)
