"""Topics learnt from comments that somebody sorted, in one pass: any table of text and topic."""

import csv
import random
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from bench.figure import Figure, mean_noise
from bench.text_file import find_column, read_lines
from detectors.event import Event
from detectors.learning.choices import Told
from detectors.learning.validation import calibration_error
from detectors.models.choice import WORDS_APART, ChoiceHead
from detectors.models.topic import SURE, told_topic
from detectors.models.words import FEEDBACK, codes, row

SEEDS = 5
TEXTS = ("text", "review", "comment", "feedback", "content", "query", "utterance")
TOPICS = ("topic", "category", "theme", "intent", "label", "reason", "queue")


class Said(NamedTuple):
    """What was chosen for one text before its topic was learnt."""

    name: str
    chance: float
    told: Told

    @property
    def is_right(self) -> bool:
        return self.name == self.told.outcome


def read(path: Path) -> list[tuple[dict[str, float], str]]:
    """Return inputs and topic of each sorted text."""
    rows = list(csv.DictReader(read_lines(path)))
    text, topic = (find_column(rows[0], names, "topics") for names in (TEXTS, TOPICS))
    found = []
    for each in rows:
        name = told_topic(Event("1", "bench", FEEDBACK, 0.0, "c-1", {"topic": each[topic]}))
        x = row(sorted({code % WORDS_APART for code in codes(each[text])}))
        if name and x:
            found.append((x, name))
    return found


def one_pass(rows: list[tuple[dict[str, float], str]]) -> list[Said]:
    """Return what was said of each text, in order; each is learnt after it."""
    head, said = ChoiceHead(), []
    for x, name in rows:
        best = head.choose(x)
        said.append(Said(best.name, best.chance, head.told(x, name)))
        head.learn(x, name)
    return said


def macro_f1(said: list[Said]) -> float:
    """Return the mean over topics of the harmonic mean of precision and recall.

    >>> fees, app = Told("fees", 0.9, 0.5, 1), Told("app", 0.1, 0.5, 0)
    >>> round(macro_f1([Said("fees", 0.9, fees), Said("fees", 0.9, app)]), 3)
    0.333
    """
    named, told = Counter(one.name for one in said), Counter(one.told.outcome for one in said)
    right = Counter(one.name for one in said if one.is_right)
    return statistics.fmean(2.0 * right[name] / (named[name] + told[name]) for name in told)


def figures(path: Path) -> list[Figure]:
    """Return the figures of the second half, mean of shuffles, beside the naive baseline's."""
    rows = read(path)
    columns: dict[str, list[float]] = {}
    for seed in range(SEEDS):
        order = list(rows)
        random.Random(seed).shuffle(order)
        for name, value in _figures(one_pass(order)[len(order) // 2 :]).items():
            columns.setdefault(name, []).append(value)
    usual_right = statistics.fmean(columns.pop("usual right"))
    usual_loss = statistics.fmean(columns.pop("usual loss"))
    bars = {"right": (usual_right, False), "log loss": (usual_loss, True)}
    told = f"{len(rows):,} texts, {len({name for _, name in rows})} topics; bar: the usual one"
    data = f"topics {path.parent.name if path.stem == 'train' else path.name.split('.')[0]}"
    scored, learnt = _costs(rows)
    return [
        *(
            Figure(
                data, f"{name}, second half, 5 shuffles", *mean_noise(values),
                *bars.get(name, (float("nan"), name == "ECE")), told if name in bars else "",
            )
            for name, values in columns.items()
        ),
        Figure(data, "a text scored, us", scored, 0.0, at_most=True),
        Figure(data, "a text learnt, us", learnt, 0.0, at_most=True),
    ]  # fmt: skip


def _figures(said: list[Said]) -> dict[str, float]:
    sure = [one for one in said if one.chance > SURE]
    return {
        "right": statistics.fmean(one.is_right for one in said),
        "usual right": statistics.fmean(one.told.usual_y for one in said),
        "log loss": statistics.fmean(one.told.cost for one in said),
        "usual loss": statistics.fmean(one.told.usual_cost for one in said),
        "macro F1": macro_f1(said),
        "share said to rules": len(sure) / len(said),
        "right where said": statistics.fmean(one.is_right for one in sure) if sure else 0.0,
        "ECE": calibration_error([one.chance for one in said], [int(one.is_right) for one in said]),
    }


def _costs(rows: list[tuple[dict[str, float], str]]) -> tuple[float, float]:
    """Return CPU microseconds to score and to learn one text, once all topics are known."""
    head = ChoiceHead()
    for x, name in rows[:2_000]:
        head.learn(x, name)
    latest = rows[-500:]
    spent = []
    for work in (lambda x, _: head.choose(x), head.learn):
        began = time.process_time()
        for x, name in latest:
            work(x, name)
        spent.append((time.process_time() - began) / len(latest) * 1e6)
    return spent[0], spent[1]
