"""The words of actions: in one language or several, with a tone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from rules.playbook.part import Id, Part, Text

Tone = Literal["neutral", "apologetic", "urgent"]
TONES: tuple[Tone, ...] = get_args(Tone)
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
"""Two letters of ISO 639-1, as customer records have them."""
ANY = ""
"""Language of a text that stands alone: nobody said which."""


class Template(Part):
    """The wording of an action; ``{name}`` stands for the value of a name the rule may read.

    Parameters
    ----------
    text
        The words, or with `texts` those of the first language.
    texts
        Language -> the words; who has another language, or none that is known, gets the first.
    subject, subjects
        Likewise, of an e-mail; one for each of `texts`.
    tone
        ``neutral`` fits always; ``apologetic`` needs something that went wrong; ``urgent`` does
        not fit who complained, mourns or lately gave a bad answer.

    Examples
    --------
    >>> template = Template(id="hi", texts={"en": "Hello", "ru": "Привет"})
    >>> template.worded("ru").text, template.worded("de").text, template.worded(None).language
    ('Привет', 'Hello', 'en')
    """

    id: Id
    text: Text
    texts: Mapping[Language, Text] = {}
    subject: Text | None = None
    subjects: Mapping[Language, Text] = {}
    tone: Tone = "neutral"

    def worded(self, language: object) -> "Words":
        """Return the words for a customer, by the language that the customer record tells."""
        if not self.texts:
            return Words(ANY, self.text, self.subject or "")
        wanted = language[:2].lower() if isinstance(language, str) else ""
        found = wanted if wanted in self.texts else next(iter(self.texts))
        return Words(found, self.texts[found], self.subjects.get(found, ""))

    def variants(self) -> Iterator[tuple[tuple[str, ...], "Words"]]:
        """Yield the key of each text in the playbook, and its words."""
        if not self.texts:
            yield ("text",), self.worded(None)
        for language in self.texts:
            yield ("texts", language), self.worded(language)

    @property
    def shown(self) -> str:
        """All words of all languages in one text: what it shows of a customer."""
        return "\n".join(
            part for _, words in self.variants() for part in (words.text, words.subject) if part
        )

    @model_validator(mode="before")
    @classmethod
    def _let_the_first_stand_for_all(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        found = dict(value)
        for one, many in (("text", "texts"), ("subject", "subjects")):
            each = found.get(many)
            if not isinstance(each, Mapping) or not each:
                continue
            first = next(iter(each.values()))
            if found.setdefault(one, first) != first:
                msg = f"a template has either {one!r} or {many!r}; keep {many!r}"
                raise ValueError(msg)
        return found

    @model_validator(mode="after")
    def _has_a_subject_for_each_text(self) -> "Template":
        if self.subject is not None and list(self.subjects) != list(self.texts):
            has = ", ".join(self.texts) or "one text"
            msg = f"a template has a subject for each text, in the same order; it has {has}"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language; an empty subject where there is none."""

    language: str
    text: str
    subject: str


def texts_in(value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the key of each text of what was written, and the text, whatever else is wrong."""
    for key in ("text", "subject", "texts", "subjects"):
        part = value.get(key)
        if isinstance(part, Mapping):
            yield from (((key, str(language)), str(each)) for language, each in part.items())
        elif part is not None:
            yield (key,), str(part)
