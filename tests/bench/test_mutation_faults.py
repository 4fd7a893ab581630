"""Which faults are put into a file."""

from pathlib import Path

from bench.mutation_faults import Fault, faults

SOURCE = '''"""A module: not changed."""

from typing import Final, Literal

Kind = Literal["old", "new"]
LIMIT: Final = 3


class Gate:
    __slots__ = ("seen",)

    def check(self, at: float, *, strict: bool = True) -> bool:
        """Not changed either."""
        self.note(at)

        def inner(x: float) -> bool:
            return x > 2.0

        return inner(at) if strict else False
'''


def made(folder: Path, sample: int = 0, seed: int = 0) -> list[Fault]:
    (folder / "gate.py").write_text(SOURCE, encoding="utf-8")
    return faults("gate.py", folder, sample, seed)


def changes(found: list[Fault], function: str) -> set[str]:
    """Return what was put in, line by line, of the faults of a function."""
    return {
        line[1:].strip()
        for fault in found
        if fault.function == function
        for line in fault.change.splitlines()
        if line.startswith("+")
    }


def test_every_operator_is_put_to_what_runs_and_nothing_else(tmp_path: Path) -> None:
    found = made(tmp_path)

    assert changes(found, "Gate.check") == {
        "pass",
        "self.note(None)",
        "return x >= 2.0",
        "return x > 3.0",
        "return inner(None) if strict else False",
        "return inner(at) if (not (strict)) else False",
        "return inner(at) if strict else True",
    }
    # Outside of functions: a default is worked out once, when the file is imported.
    assert changes(found, "") == {
        "LIMIT: Final = 4",
        "LIMIT: Final = None",
        "Kind = None",
        "def check(self, at: float, *, strict: bool = False) -> bool:",
    }
    assert {fault.function for fault in found} == {"", "Gate.check"}


def test_those_of_some_lines_alone(tmp_path: Path) -> None:
    made(tmp_path)
    lines = {"        self.note(at)", "LIMIT: Final = 3", "is nowhere"}
    found = faults("gate.py", tmp_path, lines=lines)

    assert {fault.line for fault in found} == {6, 14}
    assert changes(found, "Gate.check") == {"pass", "self.note(None)"}


def test_each_fault_is_one_change_of_a_whole_file(tmp_path: Path) -> None:
    for fault in made(tmp_path):
        taken = [line[1:] for line in fault.change.splitlines() if line.startswith("-")]
        assert len(taken) == 1
        assert SOURCE.splitlines()[fault.line - 1] == taken[0]
        compile(fault.source, "gate.py", "exec")
        left = set(SOURCE.splitlines()) - set(fault.source.splitlines())
        assert left == set(taken)


def test_a_sample_is_drawn_by_its_seed_in_the_order_of_the_file(tmp_path: Path) -> None:
    every = [fault.source for fault in made(tmp_path)]
    drawn = [fault.source for fault in made(tmp_path, sample=5, seed=1)]

    assert len(drawn) == 5
    assert drawn == [source for source in every if source in drawn]
    assert drawn == [fault.source for fault in made(tmp_path, sample=5, seed=1)]
    assert drawn != [fault.source for fault in made(tmp_path, sample=5, seed=2)]
    assert len(made(tmp_path, sample=1000)) == len(every)
