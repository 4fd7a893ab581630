"""A text file, plain or gzipped, as lines."""

import gzip
from pathlib import Path


def read_lines(path: Path) -> list[str]:
    """Return the lines with their ends, as ``csv`` wants them."""
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    return content.decode("utf-8-sig").splitlines(keepends=True)
