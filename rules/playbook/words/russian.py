"""Rules in Russian. Phrases stand in the nominative everywhere, so that any fits any place."""

# ruff: noqa: RUF001 - Russian letters that look like Latin ones

from rules.playbook.words.language import EventWords, Language
from rules.playbook.words.russian_events import EVENT_WORDS
from rules.playbook.words.russian_felt import FELT_EVENTS, FELT_NAMES, FELT_TRUTHS
from rules.playbook.words.russian_names import NAME_WORDS, TRUTH_WORDS
from rules.playbook.words.russian_reach import REACH_WORDS
from rules.playbook.words.russian_work import WORK_WORDS

_UNITS = {"s": "с", "m": "мин", "h": "ч", "d": "сут"}
_PATTERNS = {
    "quote": "«{text}»",
    "word": "«{text}»",
    "and": "и",
    "or": "или",
    "always": "это верно всегда",
    "never": "это неверно всегда",
    "known": "значение показателя «{a}» известно",
    "unknown": "значение показателя «{a}» неизвестно",
    "true": "верно: {a}",
    "false": "неверно: {a}",
    "not": "неверно, что {a}",
    "same": "{a} тогда и только тогда, когда {b}",
    "differ": "либо {a}, либо {b}, но не оба сразу",
    "<": "{a} меньше {b}",
    "<=": "{a} не больше {b}",
    ">": "{a} больше {b}",
    ">=": "{a} не меньше {b}",
    "==": "{a} \N{EM DASH} {b}",
    "!=": "{a} \N{EM DASH} не {b}",
    "< name": "{a} меньше, чем {b}",
    "<= name": "{a} не больше, чем {b}",
    "> name": "{a} больше, чем {b}",
    ">= name": "{a} не меньше, чем {b}",
    "== name": "{a} \N{EM DASH} то же, что {b}",
    "!= name": "{a} \N{EM DASH} не то же, что {b}",
    "is": "{a} \N{EM DASH} {b}",
    "not value": "не {b}",
    "or never": "{a} или такого события не было",
    "starts_with": "{a} начинается с {b}",
    "contains": "{a} содержит {b}",
    "hour now": "час суток",
    "hour": "час суток для ({a})",
    "min": "наименьшее из ({a})",
    "max": "наибольшее из ({a})",
    "count": "число {many} за {within}{only}",
    "since": "время с последнего события «{one}»{only}",
    "last": "{name} в последнем событии «{one}»{only}",
    "last within": "{name} в последнем событии «{one}» за {within}{only}",
    "sum": "{name} (всего по событиям «{one}» за {within}{only})",
    "only": " (только те, где {a})",
    "when": "Когда {a}, {b}.",
    "with": "{a}, и при этом {b}",
    "with steps": "{a}, и если после этого {b}",
    "unless": "{a}, кроме случаев, когда {b}",
    "where": "{a} (если {b})",
    "repeated": "{a} ({times})",
    "repeated within": "{a} ({times} за {within})",
    "next": ", затем ",
    "all within": "{a}, всё за {within}",
    "absent": "{a}, а затем в течение {wait} {b}",
    "absence": "в течение {wait} после последнего события «{one}» {b}",
    "absence if": "в течение {wait} после последнего события «{one}» (если {a}) {b}",
    "armed": "{a}, при условии, что в тот раз {b}",
    "strict": "{a}, без других событий этих видов между ними",
    "none": "{a}, причём каждое событие может засчитываться повторно",
    "task": "то команда {to} получает задачу {template} ({how})",
    "offer": "то клиенту предлагают {template} ({how})",
    "message": "то клиенту уходит сообщение {template} ({how})",
    "other": "то выполняется шаг {do} {template} ({how})",
    "channel": "канал {channel}",
    "team": "команда {team}",
    "due": "срок {due}",
    "after that": "; затем ",
    "lead": "то ",
    "awaits": "не дольше {within} ждём события «{one}»{only}, иначе {b}",
    "in vain": "{a}, и на этом всё",
    "in vain stop": "на этом всё",
    "wait": "проходит {wait}",
    "until": "{a}; всё прекращается, как только {b} или клиент сам об этом спрашивает",
    "asked": "{a}; всё прекращается, как только клиент сам об этом спрашивает",
    "cooldown": "{a}; после этого правило не трогает клиента {cooldown}",
    "once": "{a}, по одному разу на каждое значение показателя «{name}»",
    "draft": "{a}; пока это черновик, и правило не работает",
    "shadow": "{a}; пока правило только решает и записывает, но ничего не отправляет",
    "canary": "{a}; пока правило действует для {percent} % клиентов",
    "retired": "{a}; правило снято и не работает",
}
_FEW = (2, 3, 4)
_TEENS = range(11, 15)


def _event(kind: str) -> EventWords:
    return EventWords(
        f"приходит событие «{kind}»",
        f"не приходит событие «{kind}»",
        kind,
        f"событий «{kind}»",
    )


def _name(name: str) -> str:
    return f"показатель {name}"


def _times(count: int) -> str:
    """Return a number of times.

    >>> [_times(n) for n in (1, 2, 5, 12, 22)]
    ['1 раз', '2 раза', '5 раз', '12 раз', '22 раза']
    """
    few = count % 10 in _FEW and count % 100 not in _TEENS
    return f"{count} раза" if few else f"{count} раз"


_EVENTS = EVENT_WORDS | FELT_EVENTS | REACH_WORDS | WORK_WORDS
_NAMES, _TRUTHS = NAME_WORDS | FELT_NAMES, TRUTH_WORDS | FELT_TRUTHS
RUSSIAN = Language(_EVENTS, _NAMES, _TRUTHS, _PATTERNS, _UNITS, _event, _name, _times)
