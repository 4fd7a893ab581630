"""Words in Russian for what friction is felt from, and for what it adds up to."""

# ruff: noqa: RUF001 - Russian letters that look like Latin ones

from rules.playbook.words.language import EventWords

FELT_EVENTS = {
    "contact.waiting": EventWords(
        "клиент всё ещё ждёт в очереди",
        "никто не ждёт в очереди",
        "взгляд на ожидающего",
        "взглядов на ожидающих",
    ),
    "contact.transferred": EventWords(
        "обращение передают другому сотруднику",
        "ни одно обращение не передают",
        "передача обращения",
        "передач обращений",
    ),
    "contact.held": EventWords(
        "клиента оставляли на удержании",
        "клиента не оставляли на удержании",
        "удержание",
        "удержаний",
    ),
    "contact.analysed": EventWords(
        "разговор разобран", "ни один разговор не разобран", "разбор разговора",
        "разобранных разговоров",
    ),
    "contact.sentiment": EventWords(
        "измерено настроение в разговоре",
        "настроение в разговорах не измеряют",
        "измерение настроения",
        "измерений настроения",
    ),
    "ivr.step": EventWords(
        "клиент делает шаг в голосовом меню",
        "никто не делает шагов в голосовом меню",
        "шаг в голосовом меню",
        "шагов в голосовом меню",
    ),
    "page.left": EventWords(
        "клиент покидает страницу",
        "клиент не покидает страниц",
        "уход со страницы",
        "уходов со страниц",
    ),
    "ui.pointer": EventWords(
        "указатель движется", "указатель не движется", "движение указателя", "движений указателя"
    ),
    "form.rejected": EventWords(
        "форма отвергает ввод",
        "ни одна форма не отвергает ввода",
        "отвергнутый ввод",
        "отвергнутых вводов",
    ),
    "form.returned": EventWords(
        "клиент возвращается к полю",
        "клиент не возвращается ни к одному полю",
        "возврат к полю",
        "возвратов к полям",
    ),
    "shipment.scanned": EventWords(
        "посылку отмечают в пути",
        "ни одной посылки не отмечают в пути",
        "отметка посылки",
        "отметок посылок",
    ),
}  # fmt: skip
"""Event type -> its words."""

_SIGNALS = {
    "transfer": "передали другому",
    "hold": "удержание",
    "callback_not_kept": "не перезвонили в срок",
    "channel_switch": "смена канала",
    "web_to_call": "звонок после неудачного визита",
    "ivr_loop": "блуждание в голосовом меню",
    "zero_out": "просьба соединить с человеком",
    "long_silence": "долгое молчание",
    "negative_sentiment": "плохое настроение",
    "cursor_thrash": "метание указателя",
    "excessive_scroll": "бесплодная прокрутка",
    "quick_back": "сразу назад",
    "form_loop": "форма отвергает снова",
    "delivery_silence": "посылка без вестей",
    "case_overdue": "просроченная заявка",
}
FELT_NAMES = {
    "event.node": "место в голосовом меню",
    "event.hold_s": "время на удержании",
    "event.longest_silence_s": "самое долгое молчание",
    "event.silent_share": "доля молчания",
    "event.sentiment": "настроение",
    "event.callback": "номер обещанного звонка",
    "event.dwell_s": "время на странице",
    "event.scrolled_px": "длина прокрутки",
    "event.page_px": "высота страницы",
    "event.turns": "число поворотов",
    "event.travel_px": "путь указателя",
    "event.displacement_px": "смещение указателя",
    "event.field": "поле",
    "signal.friction_visit": "трение за визит",
    "signal.friction_5m": "трение за последние минуты",
    "signal.friction_1d": "трение за последний день",
    "signal.friction_7d": "трение за последнюю неделю",
    "signal.effort": "усилия по открытому вопросу",
    **{f"signal.{name}": f"сила сигнала «{words}»" for name, words in _SIGNALS.items()},
}
"""Full name -> a noun phrase in the singular."""

FELT_TRUTHS = {
    "event.warm": (
        "следующему сотруднику рассказали, о чём речь",
        "следующему сотруднику не рассказали, о чём речь",
    ),
    "event.agent_asked": ("клиент попросил соединить с человеком", "клиент не просил соединить"),
    "event.understood": ("меню поняло клиента", "меню не поняло клиента"),
}
"""Full name of a bool -> when it is true, and when it is false."""
