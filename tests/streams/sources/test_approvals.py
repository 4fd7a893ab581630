"""An approval as it is read; written and asked for on Kafka: tests/integration/test_approval.py."""

import jsonschema
import orjson
import pytest

from rules.playbook.approval import Approval
from streams.schemas import closed, schemas
from streams.sources.approvals import read_approval

VALUE = orjson.dumps({"content": "5f" * 32, "by": "bob", "at": 7.0})


def test_an_approval_is_read_as_it_was_written() -> None:
    assert read_approval(VALUE) == Approval(content="5f" * 32, by="bob", at=7.0)
    check = jsonschema.Draft202012Validator(closed(schemas()["approval.schema.json"]))
    assert list(check.iter_errors(orjson.loads(VALUE))) == []


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b'{"content": "5f"}', b'{"at": []}'])
def test_what_is_no_approval_is_none(value: bytes) -> None:
    assert read_approval(value) is None
