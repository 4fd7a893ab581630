"""What is told of a mutation check."""

from bench.mutation import (
    EQUIVALENTS,
    ROOT,
    Tried,
    concerned,
    copied,
    equivalents,
    figures,
    merged,
    mutated,
    squeezed,
)
from bench.mutation_faults import Fault


def tried(file: str, *, noticed: bool, equivalent: str = "") -> Tried:
    return Tried(Fault(file, 1, "f", "number", "-1\n+2", "2"), noticed, "", equivalent)


def test_a_share_is_of_what_somebody_could_notice() -> None:
    rows = figures(
        [
            *[tried("a.py", noticed=True)] * 8,
            tried("a.py", noticed=False),
            tried("a.py", noticed=False, equivalent="same order"),
            tried("b.py", noticed=True, equivalent="it was not"),
        ]
    )

    # a: 8 of 9, with the equivalent one 8 of 10; b: 1 of 1; all: 9 of 10, and 9 of 11.
    shares = [(row["file"], row["share"], row["share_of_all"]) for row in rows]
    assert shares == [("a.py", 0.8889, 0.8), ("b.py", 1.0, 1.0), ("all", 0.9, 0.8182)]


def test_what_survived_is_counted_anew_when_it_was_tried_again() -> None:
    first = [tried("a.py", noticed=True)] * 6 + [tried("a.py", noticed=False)] * 3
    other = [tried("b.py", noticed=True)] * 2 + [tried("b.py", noticed=False)]
    before = {"seed": 4, "figures": figures([*first, *other])}

    # Of four survivors one is gone with its line, one is noticed now, one was none.
    again = [
        tried("a.py", noticed=True),
        tried("a.py", noticed=False, equivalent="same order"),
        tried("b.py", noticed=False),
    ]
    after = merged(before, again)

    rows = [[*row.values()][:5] for row in after["figures"]]
    assert rows == [["a.py", 8, 7, 0, 1], ["b.py", 3, 2, 1, 0], ["all", 11, 9, 1, 1]]
    assert [one["file"] for one in after["survivors"]] == ["a.py", "b.py"]
    assert after["seed"] == 4


def test_what_decides_is_checked_and_its_tests_are_there() -> None:
    files = mutated([])
    with copied() as folder:
        assert {"rules/decide.py", "rules/gates/caps.py", "streams/engine/processor.py"} <= {*files}
        assert "rules/gates/__init__.py" not in files
        paths = concerned(files)
        assert "tests/rules/test_holdout_properties.py" in paths
        assert all((folder / path).exists() for path in [*files, *paths])
        assert not list(folder.rglob("__pycache__"))
    assert not folder.exists()


def test_every_equivalent_fault_is_about_lines_that_stand_in_the_file() -> None:
    for file, change in equivalents():
        lines = {squeezed(line) for line in (ROOT / file).read_text("utf-8").splitlines()}
        taken = [line[1:].strip() for line in change.splitlines() if line.startswith("-")]
        assert taken, f"{file}: a change takes a line out"
        assert {*taken} <= lines, f"{EQUIVALENTS.name} names a line that {file} does not have"
