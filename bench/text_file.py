"""A text file, plain or gzipped, as lines; the columns of a table by one of their usual names."""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path


def read_lines(path: Path) -> list[str]:
    """Return the lines with their ends, as ``csv`` wants them."""
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    return content.decode("utf-8-sig").splitlines(keepends=True)


def find_column(row: Mapping[str, str], names: Sequence[str], table: str) -> str:
    """Return the column of a table of `table`, such as texts, that has one of the names."""
    for column in row:
        if column.strip().lower() in names:
            return column
    msg = f"a table of {table} must have a column {', '.join(names)}; it has {', '.join(row)}"
    raise SystemExit(msg)
