"""The silence of customers on a log of purchases by day (CDNOW), with its real delays.

The model is the product's own, fed through the customer's state. It is scored in weekly ticks from
week 13 on; a label is learnt when its 13 weeks are over.
"""

import math
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figure import Figure, auc_noise
from bench.text_file import read_lines
from detectors.activity import REVIEW, WEEK_S
from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.validation import calibration_error, roc_auc
from detectors.models.silence import SilenceModel

HORIZON_WEEKS = 13
FIRST_TICK, HALF, LAST_TICK = 13, 39, 65
ROLLING_CUSTOMERS = 4_000

Log = list[tuple[float, str, float]]


def read(path: Path) -> Log:
    """Return (time, customer, money spent) of every day with a purchase, in order of time."""
    spent: dict[tuple[float, str], float] = defaultdict(float)
    for line in read_lines(path):
        words = line.split()
        if words and words[0].isdigit():
            day = datetime.strptime(words[-3], "%Y%m%d").replace(tzinfo=UTC)
            spent[day.timestamp(), words[0]] += float(words[-1])
    return [(at, name, amount) for (at, name), amount in sorted(spent.items())]


class Shop:
    """Customers and the model, in ticks of a week."""

    def __init__(self, log: Log) -> None:
        self.begin = log[0][0]
        self.model = SilenceModel(horizon_s=HORIZON_WEEKS * WEEK_S)
        self.customers: dict[str, Customer] = {}
        self.bought: dict[str, list[float]] = defaultdict(list)
        for at, name, _ in log:
            self.bought[name].append(at)
        self._log = deque(log)
        self._centre = Centre()

    def until(self, week: int) -> float:
        """Apply the purchases before the end of a week; return its time."""
        end = self.begin + week * WEEK_S
        while self._log and self._log[0][0] < end:
            at, name, amount = self._log.popleft()
            customer = self.customers.get(name)
            if customer is None:
                customer = self.customers[name] = Customer(name)
            data = {"order": f"{name}-{at}", "amount": amount}
            customer.update(Event(f"{name}-{at}", "shop", "order.placed", at, name, data))
        return end

    def score(self, name: str, at: float) -> tuple[float, float, dict[str, float]]:
        scored = self.model.score(
            Event("", "bench", REVIEW, at, name), self.customers[name], self._centre
        )
        assert scored is not None
        return scored.score, scored.baseline, scored.x

    def is_silent(self, name: str, at: float, weeks: int) -> int:
        return int(not any(at <= then < at + weeks * WEEK_S for then in self.bought[name]))


def figures(path: Path) -> list[Figure]:
    """Return both figures: 39 weeks once, and 13 weeks rolling with its delay."""
    shop = Shop(read(path))
    pending: deque[tuple[int, dict[str, float], int]] = deque()
    rolling: tuple[list[float], list[int], list[float]] = ([], [], [])
    sampled: Sequence[str] = ()
    found: list[Figure] = []
    for week in range(FIRST_TICK, LAST_TICK + 1):
        at = shop.until(week)
        while pending and pending[0][0] <= week:
            _, x, y = pending.popleft()
            shop.model.head.learn(x, y)
        if week == FIRST_TICK:
            sampled = sorted(shop.customers)[:: max(1, len(shop.customers) // ROLLING_CUSTOMERS)]
            sampled = sampled[:ROLLING_CUSTOMERS]
        if week == HALF:
            found.append(_long(shop, at))
        for name in sampled:
            score, baseline, x = shop.score(name, at)
            y = shop.is_silent(name, at, HORIZON_WEEKS)
            pending.append((week + HORIZON_WEEKS, x, y))
            if week > HALF:
                rolling[0].append(score)
                rolling[1].append(y)
                rolling[2].append(baseline)
    scores, ys, baselines = rolling
    auc = roc_auc(scores, ys)
    # A customer is scored 26 times: the noise is that of the customers, not of the scores.
    noise = auc_noise(auc, ys[: len(sampled)])
    naive = roc_auc(baselines, ys)
    rate = sum(ys) / len(ys)
    return [
        *found,
        Figure(
            "purchases, 13 weeks rolling", "AUC", auc, noise, 0.81,
            reference=f"days idle {naive:.3f}, batch BG/NBD .795, online logistic .809",
        ),
        Figure(
            "purchases, 13 weeks rolling", "ECE", calibration_error(scores, ys),
            math.sqrt(rate * (1.0 - rate) / len(sampled)), 0.012, at_most=True,
        ),
    ]  # fmt: skip


def _long(shop: Shop, at: float) -> Figure:
    names = sorted(shop.customers)
    rows = [shop.score(name, at) for name in names]
    ys = [shop.is_silent(name, at, HALF) for name in names]
    auc = roc_auc([score for score, *_ in rows], ys)
    naive = roc_auc([baseline for _, baseline, _ in rows], ys)
    return Figure(
        "purchases, 39 weeks", "AUC", auc, auc_noise(auc, ys), 0.77,
        reference=f"days idle {naive:.3f}, decayed count .769, batch BG/NBD .748",
    )  # fmt: skip
