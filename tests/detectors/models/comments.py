# ruff: noqa: RUF001 - Russian letters that look like Latin ones
"""Comments of customers in English and Russian, each about one of four topics."""

import random

CORES = {
    "delivery": (
        "the parcel came three days late", "my order never arrived",
        "the courier did not ring the bell", "the box was left at a neighbour's door",
        "tracking says delivered but there is no package", "shipping took two weeks",
        "посылка пришла с опозданием", "заказ так и не привезли", "курьер не позвонил",
        "коробку оставили у соседей", "доставка шла две недели", "где моя посылка",
    ),
    "fees": (
        "I was charged twice this month", "there is a fee nobody told me about",
        "the commission is far too high", "please return the money you charged",
        "my bill has grown again", "why do I pay for a card that I do not use",
        "с меня дважды списали деньги", "откуда взялась эта комиссия",
        "комиссия слишком высокая", "верните списанные деньги", "счёт опять вырос",
        "почему я плачу за карту",
    ),
    "app": (
        "the app crashes when I open it", "I cannot log in since the update",
        "the screen stays white after the password", "the button does not work on my phone",
        "your application is slow and freezes", "the new version lost my settings",
        "приложение вылетает при запуске", "после обновления не могу войти",
        "экран остаётся белым", "кнопка не работает на телефоне", "приложение тормозит и виснет",
        "новая версия забыла настройки",
    ),
    "staff": (
        "the agent was rude to me", "the lady at the desk was very helpful",
        "nobody at the branch could answer", "the operator hung up on me",
        "your colleague explained everything well", "the manager promised to call",
        "оператор нагрубил мне", "девушка в отделении очень помогла",
        "сотрудник ничего не знает", "оператор бросил трубку", "менеджер всё объяснил",
        "консультант обещал перезвонить",
    ),
}  # fmt: skip
OPENINGS = (
    "Hello,", "Honestly,", "Again:", "To whom it may concern,", "Yesterday", "",
    "Здравствуйте,", "Опять", "Вчера", "Честно говоря,",
)  # fmt: skip
CLOSINGS = (
    "please help", "I expect an answer", "thanks", "this cannot go on", "", "!",
    "помогите", "жду ответа", "спасибо", "так нельзя",
)  # fmt: skip
TOPICS = tuple(CORES)


def comments(count: int, seed: int = 1) -> list[tuple[str, str]]:
    """Return texts, each with its topic; deliveries are told of most."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        (topic,) = chance.choices(TOPICS, (4, 3, 2, 1))
        parts = (chance.choice(OPENINGS), chance.choice(CORES[topic]), chance.choice(CLOSINGS))
        found.append((" ".join(part for part in parts if part), topic))
    return found
