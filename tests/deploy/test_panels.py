import pytest

from tests.deploy.panels import Use, uses


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up", [Use("up")]),
        ("rate(a_total[5m])", [Use("a_total")]),
        ('a{x="1",y=~"2|3"}', [Use("a", {"x", "y"}, {"x": {"1"}, "y": {"2", "3"}})]),
        ('a{x="$model"}', [Use("a", {"x"}, {"x": set()})]),
        ("sum by (x) (rate(a[1m])) * 60 > 0", [Use("a", {"x"})]),
        ("sum(a) by (x, y)", [Use("a", {"x", "y"})]),
        ("max(min by (x) (a))", [Use("a", {"x"})]),
        ("sum by (x) (a) / on (x) sum by (x, y) (b)", [Use("a", {"x"}), Use("b", {"x", "y"})]),
        ("a and on (z) b", [Use("a", {"z"}), Use("b", {"z"})]),
        ("a * on (z) group_left (w) b", [Use("a", {"z"}), Use("b", {"z"})]),
        ("sum(a) or vector(0)", [Use("a")]),
        ("histogram_quantile(0.99, sum by (le) (rate(a_bucket[5m])))", [Use("a_bucket", {"le"})]),
        ("scalar(max(a)) - max by (x) (b)", [Use("a"), Use("b", {"x"})]),
    ],
)
def test_metrics_and_their_labels_are_read_from_promql(
    expression: str, expected: list[Use]
) -> None:
    assert uses(expression) == expected


@pytest.mark.parametrize("expression", ["sum(a", "sum by (x (a)", "a)", "a{x~'1'}", "a § b"])
def test_what_is_no_promql_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"expected|not PromQL"):
        uses(expression)
