import random

import pytest

from detectors.event import Event
from detectors.learning.validation import roc_auc
from detectors.models.sentiment import SentimentModel, features, rated
from detectors.models.words import BUCKETS, MAX_WORDS, codes, without_text

ENGLISH = (
    "the agent solved it at once and was kind", "delivery came early and well packed",
    "easy to use app with clear bills", "great service thank you", "they called back as promised",
    "fast answer and a friendly voice", "happy with the new plan", "everything works since the fix",
), (
    "nobody called back and the line was dead", "delivery came late and the box was torn",
    "the app crashes and bills are wrong", "terrible service shame on you",
    "they did not call back as promised", "slow answer and a rude voice",
    "angry about the new plan", "nothing works since the update",
)  # fmt: skip
RUSSIAN = (
    "оператор сразу решил вопрос и был вежлив", "доставка пришла раньше срока",
    "удобное приложение и понятные счета", "отличный сервис спасибо", "перезвонили как обещали",
    "быстрый ответ и приятный голос", "довольна новым тарифом", "всё работает после ремонта",
), (
    "никто не перезвонил и линия молчала", "доставка опоздала и коробка порвана",
    "приложение падает и счета неверные", "ужасный сервис позор", "не перезвонили как обещали",
    "долгий ответ и грубый голос", "недовольна новым тарифом", "ничего не работает после ремонта",
)  # fmt: skip


def feedback(text: object, **data: object) -> Event:
    return Event("1", "crm", "feedback.received", 0.0, "c-1", {"text": text} | data)


@pytest.mark.parametrize("texts", [ENGLISH, RUSSIAN], ids=["English", "Russian"])
def test_it_learns_in_the_language_that_is_written(texts: tuple[tuple[str, ...], ...]) -> None:
    # Each sentence is made of the ends of two, so that single words must carry over.
    chance = random.Random(2)
    model, scores, ys = SentimentModel(), [], []
    for _ in range(400):
        y = chance.randint(0, 1)
        one, other = chance.choice(texts[1 - y]), chance.choice(texts[1 - y])
        x = features(feedback(f"{one.rsplit(' ', 3)[-1]} {other}"))
        scores.append(model.head.score(x))
        ys.append(y)
        model.head.learn(x, y)

    assert roc_auc(scores[200:], ys[200:]) > 0.95


@pytest.mark.parametrize("texts", [ENGLISH, RUSSIAN], ids=["English", "Russian"])
def test_some_words_are_known_before_any_rating(texts: tuple[tuple[str, ...], ...]) -> None:
    head = SentimentModel().head
    scores = [head.score(features(feedback(text))) for kind in texts for text in kind]

    assert roc_auc(scores, [1] * 8 + [0] * 8) > 0.7


def test_a_negation_is_not_what_it_negates() -> None:
    assert set(codes("not good")) - set(codes("good not"))


def test_forms_of_a_word_share_its_stem() -> None:
    assert set(codes("перезвонили")) & set(codes("перезвонил"))


def test_scripts_without_spaces_have_pairs_of_characters() -> None:
    assert len(codes("とても良いサービス")) >= 8
    assert len(codes("บริการดีมาก")) >= 4


@pytest.mark.parametrize("text", [None, 5, "", "   ", "...", ["good"], "\ud800", "a" * 10**6])
def test_whatever_the_text_its_words_are_bounded(text: object) -> None:
    found = codes(text)

    assert len(found) <= 3 * MAX_WORDS
    assert all(0 <= code < BUCKETS for code in found)


def test_the_text_leaves_and_its_numbers_score_alike() -> None:
    event = feedback("they never called back", score=1, scale="csat")
    bare = without_text(event)

    assert bare.data == {"score": 1, "scale": "csat", "words": codes("they never called back")}
    assert features(bare) == features(event)
    assert without_text(bare) is bare


@pytest.mark.parametrize(
    ("scale", "score", "y"),
    [("csat", 5, 1), ("csat", 3, None), ("csat", 2, 0), ("nps", 9, 1), ("nps", 8, None),
     ("nps", 6, 0), ("ces", 5, 1), ("ces", 3, 0), ("stars", 5, None), ("csat", "5", None),
     ("csat", float("nan"), None)],
)  # fmt: skip
def test_a_rating_between_good_and_bad_teaches_nothing(
    scale: str, score: object, y: int | None
) -> None:
    assert rated(feedback("text", scale=scale, score=score)) == y
