import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.language.duration import parse_duration
from rules.playbook.document import read_document
from rules.playbook.layout.flow import exact_duration, flow
from rules.playbook.layout.scalars import written

# What no file may hold at all is no text of a playbook either.
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), exclude_characters="\ufeff"),
    min_size=1,
    max_size=40,
)


def read(text: str) -> object:
    root, problems = read_document("f.yaml", text)
    assert problems == [], problems
    assert root is not None
    return root.value()


@given(TEXTS, st.booleans())
@example("- a", False)
@example("a: b # c", True)
@example('it\'s "so"', True)
@example("{event.wait_s}", False)
@example("?", False)
@example("a\\b", False)
@example("true", True)
@example("null", False)
@example("1.10", False)
def test_a_text_is_read_as_it_was_written(text: str, is_flow: bool) -> None:
    line = f"k: [{written(text, flow=True)}]\n" if is_flow else f"k: {written(text)}\n"

    assert read(line) == {"k": [text] if is_flow else text}


@given(
    st.dictionaries(st.sampled_from("abc"), st.lists(TEXTS | st.booleans() | st.integers(0, 99)))
)
def test_values_are_read_as_they_were_written(values: dict[str, object]) -> None:
    if values:
        assert read(f"k: {flow(values)}\n") == {"k": values}


@given(st.integers(0, 10**13))
def test_durations_are_exact_to_the_microsecond(micro: int) -> None:
    assert round(parse_duration(exact_duration(micro / 1_000_000)) * 1_000_000) == micro


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (60, "1m"), (3600, "1h"), (61.5, "61.5s")]
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert exact_duration(seconds) == text
