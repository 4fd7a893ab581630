"""What every part of a playbook is made of: fixed once read, and the texts of its values."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules.language.duration import read_duration


def _true_or_false(value: object) -> object:
    if isinstance(value, str):
        if value not in {"true", "false"}:
            msg = f"{value!r} is neither true nor false"
            raise ValueError(msg)
        return value == "true"
    return value


def _as_written(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


Duration = Annotated[float, BeforeValidator(read_duration), Field(ge=0, allow_inf_nan=False)]
"""Seconds; a text is read as a duration."""
Amount = Annotated[
    float,
    Field(
        ge=0,
        le=1_000_000,
        allow_inf_nan=False,
        json_schema_extra={"type": ["number", "string"], "pattern": r"^\d{1,7}(\.\d{1,6})?$"},
    ),
]
"""A plain number, no duration."""
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
"""Lower-case words joined by hyphens."""
Written = Annotated[str, BeforeValidator(_as_written)]
"""A value whose type its name tells."""
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Bool = Annotated[bool, BeforeValidator(_true_or_false)]


class Part(BaseModel):
    """Any part of a playbook: fixed once read, and without unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, coerce_numbers_to_str=True
    )
