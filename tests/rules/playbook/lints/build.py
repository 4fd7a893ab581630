"""The warnings of the small playbook with one thing changed."""

from rules.playbook.errors import Problem
from rules.playbook.loader import load_with_warnings
from tests.rules.playbook.texts import replaced


def warnings(old: str, new: str, *more: tuple[str, str]) -> list[Problem]:
    source = replaced(old, new)
    for before, after in more:
        assert sum(text.count(before) for text in source.values()) == 1, before
        source = {file: text.replace(before, after) for file, text in source.items()}
    return list(load_with_warnings(source).warnings)
