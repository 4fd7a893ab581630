"""What three recorded days lead to, as counts and digests; run as a module to write it anew."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from tests.streams.engine.build import DAYS, PARTITIONS, default_playbook, interactions, processor

FILE = Path(__file__).with_name("january.json")
TOPICS = ("interactions", "decisions", "actions", "labels")


def summary() -> dict[str, Any]:
    """Return counts and digests of everything that normalise and the engine say."""
    digests = {name: hashlib.sha256() for name in TOPICS}
    decided: Counter[str] = Counter()
    records: Counter[str] = Counter()
    for partition in range(PARTITIONS):
        log = interactions()[partition]
        said = [(record.topic, record.value or b"") for record in processor(partition).process(log)]
        for topic, value in [("interactions", record.value or b"") for record in log] + said:
            found = orjson.loads(value)
            digests[topic].update(orjson.dumps(_rounded(found)))
            records[topic] += 1
            if topic == "decisions":
                decided[f"{found['data']['rule']} {found['data']['reason']}"] += 1
    return {
        "days": DAYS,
        "playbook": default_playbook().hash,
        "records": dict(sorted(records.items())),
        "decisions": dict(sorted(decided.items())),
        "sha256": {name: digest.hexdigest() for name, digest in sorted(digests.items())},
    }


def _rounded(value: Any) -> Any:
    # Mathematical functions differ in the last bits from one machine to another.
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return value


if __name__ == "__main__":
    FILE.write_bytes(orjson.dumps(summary(), option=orjson.OPT_INDENT_2) + b"\n")
