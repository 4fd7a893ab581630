"""How a text is written in YAML: plain where that means the same, else in quotes."""

import re

_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
_RESERVED = frozenset(("true", "false", "null", "~", "yes", "no", "on", "off", "<<", "=", ""))
_NUMBER = re.compile(r"[-+.]?[0-9][0-9_.,:eExXoO+-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u2028\u2029]")


def is_plain(text: str, *, flow: bool) -> bool:
    """Return whether a text without quotes is read as this text, alone or in brackets.

    >>> is_plain("a > 1 and b", flow=True), is_plain("x in [1, 2]", flow=True)
    (True, False)
    """
    if text != text.strip() or text.lower() in _RESERVED or _NUMBER.fullmatch(text):
        return False
    if text[0] in _INDICATORS or ": " in text or " #" in text or text.endswith(":"):
        return False
    if _CONTROL.search(text):
        return False
    return not (flow and any(sign in text for sign in ",[]{}"))


def written(text: str, *, flow: bool = False) -> str:
    r"""Return a text as it is written in YAML.

    >>> written("cards"), written("21:00"), written('say "x": y'), written("it's: so", flow=True)
    ('cards', '"21:00"', '\'say "x": y\'', '"it\'s: so"')
    """
    if is_plain(text, flow=flow):
        return text
    if _CONTROL.search(text) or "\\" in text:
        return _escaped(text)
    if '"' not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    parts = []
    for character in text:
        if character in '"\\':
            parts.append(f"\\{character}")
        elif _CONTROL.match(character):
            parts.append("\\n" if character == "\n" else f"\\u{ord(character):04x}")
        else:
            parts.append(character)
    return f'"{"".join(parts)}"'
