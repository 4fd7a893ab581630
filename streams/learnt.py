"""What the models of all partitions have learnt, as the engine committed it last."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgpack

from detectors.learning.choices import ChoiceGate
from detectors.learning.gate import Past, Verdict
from detectors.learning.tally import Tally
from detectors.models.choice import SHARE, ChoiceHead
from detectors.models.inputs import INPUTS, WORDS
from detectors.models.registry import Models
from detectors.models.supervised import Supervised
from streams.engine.mind import MODEL
from streams.kafka.reading import read_to_end
from streams.kafka.topics import Topics


@dataclass(frozen=True, slots=True)
class Learnt:
    """One model over all partitions.

    Parameters
    ----------
    name
        Of its score.
    partitions
        Partition -> the model as it stands there.
    """

    name: str
    partitions: Mapping[int, Supervised]

    @property
    def labels(self) -> int:
        """How many labels it has learnt from, everywhere."""
        return sum(model.labels for model in self.partitions.values())

    @property
    def withdrawn(self) -> dict[int, str]:
        """Partition -> why rules must do without it there."""
        found = self.partitions.items()
        return {
            partition: model.gate.reason() for partition, model in found if model.gate.withdrawn
        }

    def tally(self) -> Tally:
        """Return the counts over the latest labels of all partitions."""
        together = Tally()
        for model in self.partitions.values():
            together = together.plus(model.gate.tally())
        return together

    @property
    def chooses(self) -> bool:
        """Whether it chooses one of many: it has shares of topics, and no weights to pass on."""
        return any(isinstance(each.model.head, ChoiceHead) for each in self.partitions.values())

    def usual(self) -> tuple[float, float]:
        """Return mean loss, nats, of the usual shares, and how often the usual choice is right.

        Over the latest labels of all partitions; NaN for a model that does not choose.
        """
        loss = right = weight = 0.0
        for model in self.partitions.values():
            if isinstance(model.gate, ChoiceGate) and (labels := model.gate.tally().weight):
                of_partition = model.gate.usual()
                weight += labels
                loss += of_partition[0] * labels
                right += of_partition[1] * labels
        return (loss / weight, right / weight) if weight else (math.nan, math.nan)

    def verdicts(self) -> dict[int, Verdict]:
        """Return partition -> what the test says there."""
        return {number: model.gate.verdict() for number, model in self.partitions.items()}

    def coverage(self) -> float:
        """Return the share of opened labels that were closed; NaN before the first."""
        gates = [model.gate for model in self.partitions.values()]
        opened = sum(gate.opened for gate in gates)
        return sum(gate.closed for gate in gates) / opened if opened else math.nan

    def history(self) -> list[Past]:
        """Return the figures of all finished blocks of labels, oldest first."""
        past = [one for model in self.partitions.values() for one in model.gate.history()]
        return sorted(past, key=lambda one: one.t0)

    def weights(self) -> tuple[dict[str, float], float]:
        """Return weights and intercept: means over partitions, weighted by labels learnt.

        Of a model that chooses, topic -> its share.
        """
        total = self.labels
        shares = [
            (model.labels / total if total else 1.0 / len(self.partitions), model)
            for model in self.partitions.values()
        ]
        weights: dict[str, float] = {}
        intercept = 0.0
        for share, model in shares:
            found, own = model.model.head.named_weights()
            intercept += share * own
            for name, weight in found.items():
                weights[name] = weights.get(name, 0.0) + share * weight
        return dict(sorted(weights.items())), intercept

    def heaviest(self, top: int) -> list[tuple[str, str, float]]:
        """Return (input, what a person calls it, weight) of the largest weights, either way."""
        weights, _ = self.weights()
        largest = sorted(weights.items(), key=lambda item: (-abs(item[1]), item[0]))[:top]
        return [
            (name, SHARE if self.chooses else INPUTS.get(name, WORDS), weight)
            for name, weight in largest
        ]


async def read_learnt(
    client_options: Mapping[str, Any],
    topics: Topics,
    partitions: Sequence[int],
    progress: Callable[[int], None] = lambda _partition: None,
) -> dict[str, Learnt]:
    """Return every model, by name; one that no partition has written yet is left out.

    Parameters
    ----------
    progress
        Called with the partition that is read next.
    """
    found: dict[str, dict[int, Supervised]] = {name: {} for name in Models().watched()}
    for partition in partitions:
        progress(partition)
        newest: dict[str, bytes] = {}
        async for batch in read_to_end(client_options, topics.state, partition):
            for record in batch:
                if record.key.startswith(MODEL) and record.value is not None:
                    newest[record.key.removeprefix(MODEL).decode()] = record.value
        models = Models()
        for name, value in newest.items():
            if name in found:
                models.restore({name: msgpack.unpackb(value, strict_map_key=False)})
                found[name][partition] = models.watched()[name]
    return {name: Learnt(name, models) for name, models in found.items() if models}
