from math import inf

import pytest

from rules.playbook.loader import load
from rules.why.reach import LEAST_S, reach_s
from tests.streams.engine.build import DEFAULT

DAY_S = 86_400.0


def test_a_rule_looks_back_as_far_as_its_longest_time() -> None:
    reach = {rule.id: reach_s(rule) for rule in load(DEFAULT).rules}

    # 35 days where a rule counts less: facts, waits and sequences of the playbook's text.
    assert reach["callback-offer-in-queue"] == LEAST_S
    assert max(each for each in reach.values() if each < inf) == 100 * DAY_S


@pytest.mark.parametrize("rule", ["owner-for-regulars", "reach-them-at-another-hour"])
def test_one_step_and_a_silence_reach_no_farther_than_the_silence(rule: str) -> None:
    found = next(each for each in load(DEFAULT).rules if each.id == rule)

    assert reach_s(found) == LEAST_S
