"""Figures of a bench as a file beside the others."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from bench.machine import describe

RESULTS = Path(__file__).with_name("results")


def written(name: str, figures: Mapping[str, Any], *, as_json: bool) -> bool:
    """Write figures, with the machine they are from, to ``results/NAME.json``.

    Where JSON is asked for it is printed too; return whether it was.
    """
    found = {"machine": describe(), **figures}
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    if as_json:
        print(orjson.dumps(found).decode())
    return as_json
