"""Sentiment learnt from ratings that came with texts, in one pass: any table of text and rating."""

import csv
import math
import random
from pathlib import Path

from bench.figure import Figure, mean_noise
from bench.text_file import find_column, read_lines
from detectors.event import Event
from detectors.learning.validation import calibration_error, roc_auc
from detectors.models.sentiment import SentimentModel, features
from detectors.models.words import FEEDBACK

SEEDS = 5
TEXTS = ("text", "review", "comment", "feedback", "content")
RATINGS = ("score", "rating", "stars", "label", "sentiment")
GOOD_WORDS = frozenset({"1", "good", "positive", "pos", "yes", "true"})
BAD_WORDS = frozenset({"0", "bad", "negative", "neg", "no", "false", "-1"})
_STARS_GOOD, _STARS_BAD, _STARS = 4.0, 2.0, 5.0


def read(path: Path) -> list[tuple[dict[str, float], int]]:
    """Return inputs and outcome of each rated text: stars of 5, or words for good and bad."""
    rows = list(csv.DictReader(read_lines(path)))
    text, rating = (find_column(rows[0], names, "texts") for names in (TEXTS, RATINGS))
    stars = {row[rating] for row in rows} - (GOOD_WORDS | BAD_WORDS)
    found = []
    for row in rows:
        y = _outcome(row[rating], as_stars=bool(stars))
        x = features(Event("1", "bench", FEEDBACK, 0.0, "c-1", {"text": row[text]}))
        if y is not None and x:
            found.append((x, y))
    return found


def figures(path: Path) -> list[Figure]:
    """Return AUC and calibration of the second half, mean of shuffles; no bar is set."""
    rows = read(path)
    aucs, errors = [], []
    for seed in range(SEEDS):
        order = list(rows)
        random.Random(seed).shuffle(order)
        model = SentimentModel()
        scores = []
        for x, y in order:
            scores.append(model.head.score(x))
            model.head.learn(x, y)
        half = len(order) // 2
        ys = [y for _, y in order[half:]]
        aucs.append(roc_auc(scores[half:], ys))
        errors.append(calibration_error(scores[half:], ys))
    name = f"texts {path.name.split('.')[0]}"
    first = SentimentModel().head
    before = roc_auc([first.score(x) for x, _ in rows], [y for _, y in rows])
    return [
        Figure(
            name, "AUC, second half, 5 shuffles", *mean_noise(aucs),
            reference=f"before any rating {before:.3f}; {len(rows):,} texts",
        ),
        Figure(name, "ECE, second half, 5 shuffles", *mean_noise(errors), at_most=True),
    ]  # fmt: skip


def _outcome(rating: str, *, as_stars: bool) -> int | None:
    word = rating.strip().lower()
    if not as_stars:
        return 1 if word in GOOD_WORDS else 0 if word in BAD_WORDS else None
    try:
        stars = float(word)
    except ValueError:
        return 1 if word in GOOD_WORDS else 0 if word in BAD_WORDS else None
    if not 0.0 <= stars <= _STARS or math.isnan(stars):
        return None
    return 1 if stars >= _STARS_GOOD else 0 if stars <= _STARS_BAD else None
