"""What the models know, over all partitions: figures, weights and pictures."""

import math
import random
from xml.etree import ElementTree

import orjson
import pytest
from typer.testing import CliRunner

from detectors.learning.labels import Label
from detectors.models.registry import Models
from streams.cli.main import app
from streams.cli.models_picture import HEIGHT, MODEL, as_svg, in_terminal
from streams.learnt import Learnt
from tests.detectors.models.comments import comments
from tests.detectors.models.test_topic import learnt as learn_topics

RUN = CliRunner()


def learnt(partitions: int = 2, labels: int = 700) -> Learnt:
    """Return a model that has learnt in some partitions, in each from other labels."""
    found = {}
    for partition in range(partitions):
        chance = random.Random(partition)
        model = Models().watched()["repeat"]
        for i in range(labels * (partition + 1)):
            often = chance.random() < 0.4
            y = int(chance.random() < (0.8 if often else 0.1))
            x = {"rate_7d": 1.0} if often else {"first": 1.0}
            score = model.model.head.score(x)
            model.gate.opened += 1
            model.learn(Label("repeat", f"{i}", 60.0 * i, score, 0.3, y, 0, True, x, False, 30.0))
        found[partition] = model
    return Learnt("repeat", found)


def test_figures_are_over_all_partitions() -> None:
    model = learnt()

    assert model.labels == 700 + 1_400
    each = [one.gate.tally() for one in model.partitions.values()]
    assert model.tally().labels == sum(tally.labels for tally in each)
    assert min(t.auc() for t in each) - 0.02 <= model.tally().auc()
    assert model.coverage() == 1.0
    assert model.withdrawn == {}
    assert [past.labels for past in model.history()] == [500, 500, 500]


def test_weights_are_means_by_labels_learnt() -> None:
    model = learnt()
    heads = [one.model.head.snapshot() for one in model.partitions.values()]
    weights, intercept = model.weights()

    one, other = (dict(head["weights"])["first"] for head in heads)
    assert weights["first"] == pytest.approx(one / 3 + 2 * other / 3)
    assert intercept == pytest.approx(heads[0]["intercept"] / 3 + 2 * heads[1]["intercept"] / 3)
    assert abs(model.heaviest(1)[0][2]) == max(map(abs, weights.values()))


def topics_learnt(*counts: int) -> Learnt:
    """Return the model of topics that has learnt so many comments in each partition."""
    found = {}
    for partition, count in enumerate(counts):
        models = Models()
        learn_topics(models, comments(count, seed=partition + 1))
        found[partition] = models.watched()["topic"]
    return Learnt("topic", found)


def test_a_model_that_chooses_stands_beside_the_usual_choice() -> None:
    model = topics_learnt(300, 600)
    loss, right = model.usual()

    assert model.chooses
    assert not learnt().chooses
    # Deliveries are told of in four of ten comments, and the shares are 4 3 2 1.
    assert right == pytest.approx(0.4, abs=0.05)
    assert right < model.tally().base_rate()
    assert loss == pytest.approx(1.28, abs=0.1)
    assert loss > model.tally().log_loss()
    assert all(math.isnan(figure) for figure in learnt().usual())


def test_what_weighs_most_about_topics_is_how_often_they_are_told_of() -> None:
    model = topics_learnt(300, 600)
    heaviest = model.heaviest(4)

    assert [name for name, _, _ in heaviest] == ["delivery", "fees", "app", "staff"]
    assert {human for _, human, _ in heaviest} == {"how often it is told of"}
    assert sum(share for _, _, share in heaviest) == pytest.approx(1.0, abs=0.02)


def test_the_terminal_shows_both_pictures() -> None:
    text = in_terminal(learnt()).plain

    assert text.count(MODEL) >= 5  # two bins, three blocks, the legend; some may coincide
    assert len([line for line in text.splitlines() if "│" in line]) == 2 * HEIGHT
    assert "not yet" in in_terminal(learnt(1, 100)).plain


def test_the_svg_is_whole_and_has_a_dot_for_each_figure() -> None:
    model = learnt()
    root = ElementTree.fromstring(as_svg(model))

    circles = [node for node in root.iter() if node.tag.endswith("circle")]
    assert len(circles) == len(model.tally().calibration()) + 2 * len(model.history())
    assert ElementTree.fromstring(as_svg(learnt(1, 10))) is not None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "must be JSON"),
        (b"[]", "must be what `precede models export` wrote"),
        (b'{"version": 1, "models": {"repeet": {}}}', "did you mean repeat?"),
        (b'{"version": 1, "models": {"repeat": {"weights": {}}}}', "weights and an intercept"),
        (
            orjson.dumps(
                {"version": 1, "models": {"repeat": {"weights": {"x": 1}, "intercept": 0}}}
            ),
            "has no input 'x'",
        ),
        (
            orjson.dumps(
                {"version": 1, "models": {"repeat": {"weights": {"first": 51}, "intercept": 0}}}
            ),
            "must be a number from -50 to 50",
        ),
        (
            orjson.dumps({"version": 1, "models": {"topic": {"weights": {}, "intercept": 0}}}),
            "topics are each installation's own",
        ),
    ],
)
def test_a_file_of_no_weights_is_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, told: str
) -> None:
    file = tmp_path_factory.mktemp("weights") / "weights.json"
    file.write_bytes(content)
    result = RUN.invoke(app, ["models", "import", str(file)])

    assert result.exit_code in {1, 2}
    assert told in " ".join(result.output.split())


def test_a_file_that_is_not_there_is_told_in_a_sentence() -> None:
    result = RUN.invoke(app, ["models", "import", "/nowhere/weights.json"])

    assert result.exit_code == 1
    assert "must be a file that can be read" in result.output
