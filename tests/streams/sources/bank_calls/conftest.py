import pytest

from streams.sources.bank_calls.reader import JANUARY, CallLog


@pytest.fixture(scope="session")
def january() -> CallLog:
    return CallLog(JANUARY)
