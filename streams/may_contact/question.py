"""What another system asks: whether it may contact a customer."""

from typing import Annotated, Any, Literal
from uuid import uuid4

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from detectors.event import MAX_ID_LENGTH, UNIDENTIFIED, Event
from rules.reservation import REQUESTED

SOURCE = "precede/api"
MAX_BODY_BYTES = 16 * 1024

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]


class QuestionError(ValueError):
    """The body is no question: what must hold, what was got."""


class Question(BaseModel):
    """The body of a request.

    Parameters
    ----------
    customer
        Whom the system wants to contact, as sources name the customer.
    system
        Who asks; its token must be this system's.
    channel
        Over which channel, by the playbook's name or by kind of contact point.
    class_
        ``class``: ``critical`` and ``service`` help with what the customer has, ``promotional``
        sells.
    topic
        What it is about.
    contact_point
        The number or address, where it is known.
    reserve
        Whether a contact that is allowed counts from now on, as if it had taken place.
    request
        A name of the system's own for this question. Asked again under it, as after an answer that
        never came, a reservation is not made twice.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    customer: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]
    system: Name
    channel: Name
    class_: Literal["critical", "service", "promotional"] = Field(alias="class")
    topic: Name
    contact_point: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)] | None = None
    reserve: bool = False
    request: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")] = Field(
        default_factory=lambda: str(uuid4())
    )

    @field_validator("customer")
    @classmethod
    def _is_identified(cls, customer: str) -> str:
        if customer.startswith(UNIDENTIFIED):
            msg = f"customer must be a known customer, not a contact {UNIDENTIFIED!r}"
            raise ValueError(msg)
        return customer

    def event(self, at: float) -> Event:
        """Return the question as it enters the log; each ask is an event of its own.

        Parameters
        ----------
        at
            Wall clock, Unix seconds.
        """
        data: dict[str, Any] = self.model_dump(by_alias=True, exclude={"customer"})
        return Event(uuid4().hex, SOURCE, REQUESTED, at, self.customer, data)


def read_question(body: bytes) -> Question:
    """Return the question of a body.

    Raises
    ------
    QuestionError
        When it is none.
    """
    try:
        raw = orjson.loads(body)
    except ValueError as error:
        msg = f"the body must be JSON in UTF-8; {error}"
        raise QuestionError(msg) from None
    try:
        return Question.model_validate(raw)
    except ValidationError as error:
        # Without the values: they name a customer, and the answer may be logged over there.
        told = [
            f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in error.errors()
        ]
        raise QuestionError("; ".join(told)) from None
