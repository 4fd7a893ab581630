"""An order as it is written and read again; on Kafka: tests/integration/test_stop.py."""

import jsonschema
import orjson
import pytest

from rules.stopped import about
from streams.schemas import closed, schemas
from streams.sources.control import Order, read_order
from streams.sources.normalise import Normaliser
from streams.sources.raw_record import structured
from tests.streams.engine.build import NOW, Read

ORDERS = [
    Order("all", "", True, "ann", NOW, "wrong text"),
    Order("rule", "call-back", True, "ann", NOW, "wrong text"),
    Order("channel", "crm", False, "bob@desk", NOW, "right again"),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.key)
def test_an_order_is_read_as_it_was_written(order: Order) -> None:
    assert read_order(order.pack()) == order


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.key)
def test_topic_and_log_name_the_same_thing_and_normalise_takes_it(order: Order) -> None:
    event = order.event()
    record = structured(event)

    output = Normaliser(0, 4, 4, "live", 0.0).process([Read(record.value, 0, record.key)])

    assert about(event.data) == order.key
    assert [each.topic for each in output] == ["interactions"] * 4


@pytest.mark.parametrize(
    "value", [b"", b"null", b"[]", b'{"scope": "all"}',
              orjson.dumps({**orjson.loads(ORDERS[0].pack()), "scope": "some"})],
)  # fmt: skip
def test_what_is_no_order_is_none(value: bytes) -> None:
    assert read_order(value) is None


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.key)
def test_an_order_is_of_the_form_that_is_told(order: Order) -> None:
    check = jsonschema.Draft202012Validator(closed(schemas()["order.schema.json"]))

    assert list(check.iter_errors(orjson.loads(order.pack()))) == []
