import pytest

from rules.language.errors import ExpressionError
from rules.language.lexer import MAX_CHARACTERS
from rules.language.nodes import Binary, Call, Constant, Constants, Node, Reference, Unary, leaves
from rules.language.parser import MAX_DEPTH, MAX_NODES, parse


def shown(node: Node) -> str:
    """The tree with every operator in parentheses."""
    match node:
        case Constant(value=value):
            return repr(value)
        case Reference(name=name):
            return name
        case Constants(items=items):
            return f"[{' '.join(shown(item) for item in items)}]"
        case Unary(operator=operator, operand=operand):
            return f"({operator} {shown(operand)})"
        case Binary(operator=operator, left=left, right=right):
            return f"({shown(left)} {operator} {shown(right)})"
        case Call(function=function, arguments=arguments):
            return f"{function}({' '.join(shown(argument) for argument in arguments)})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a or b and c", "(a or (b and c))"),
        ("not a and b", "((not a) and b)"),
        ("not a == b", "(not (a == b))"),
        ("a - b - c", "((a - b) - c)"),
        ("a + b * c", "(a + (b * c))"),
        ("-a * b", "((- a) * b)"),
        ("a < b + 1", "(a < (b + 1.0))"),
        ("(a or b) and c", "((a or b) and c)"),
        ("a in ['x', \"y\"]", "(a in ['x' 'y'])"),
        ("a not in [1, -2, 3m]", "(a not in [1.0 -2.0 180.0])"),
        ("not a in [1]", "(not (a in [1.0]))"),
        ("min(a, 2) > 1 == true", None),
        ("(a < b) == true", "((a < b) == True)"),
        ("has(a.b) and true", "(has(a.b) and True)"),
        ("a\n  and\tb", "(a and b)"),
        ("1.5h > 2e3", "(5400.0 > 2000.0)"),
        ("it's" + "'", None),
    ],
)
def test_precedence(text: str, tree: str | None) -> None:
    if tree is None:
        with pytest.raises(ExpressionError):
            parse(text)
    else:
        assert shown(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "at", "message", "help_"),
    [
        ("a = 1", 2, "unexpected '='", "'=='"),
        ("a && b", 2, "unexpected '&'", "'and'"),
        ("a == True", 5, "unexpected 'True'", "'true'"),
        ("1 < a < 3", 6, "comparisons cannot be chained", "a < b and b < c"),
        ("(a and b", 0, "'(' is never closed", "')'"),
        ("a in [1, 2", 5, "'[' is never closed", "']'"),
        ("a in [b]", 6, "a list holds constants only", '["a", "b"]'),
        ("a and", 5, "the expression ends too early", "add the rest"),
        ("a > 14 days b", 7, "unexpected 'days'", ""),
        ("a > 14days", 4, "'14days' is neither a number nor a duration", "90s, 15m"),
        ("a == 'x", 5, "this text does not end", "close it with '"),
        ("", 0, "the expression is empty", "leave the key out"),
        ("a b", 2, "unexpected 'b'", ""),
        ("a.b.", 3, "unexpected '.'", ""),
    ],
)
def test_errors_name_their_place(text: str, at: int, message: str, help_: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse(text)

    flaw = raised.value.flaw
    assert flaw.at == at
    assert flaw.message == message
    assert help_ in flaw.help
    assert flaw.end > flaw.at


def test_limit_of_characters_is_inclusive() -> None:
    text = "a" + " " * (MAX_CHARACTERS - 1)

    assert parse(text) == Reference(0, 1, "a")
    with pytest.raises(ExpressionError, match="at most 2,000 characters"):
        parse(text + " ")


def test_limit_of_parts_is_inclusive() -> None:
    # n names and n - 1 operators between them.
    names = (MAX_NODES + 1) // 2

    parse(" and ".join(["a"] * names))
    with pytest.raises(ExpressionError, match="at most 200 parts"):
        parse(" and ".join(["a"] * (names + 1)))


def test_limit_of_depth_is_inclusive() -> None:
    parse("(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1))
    with pytest.raises(ExpressionError, match="at most 24 levels deep"):
        parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)


def test_leaves_are_as_written() -> None:
    text = "not (a > 1) and (b == 2 or has(c))"

    assert [text[leaf.at : leaf.end] for leaf in leaves(parse(text))] == [
        "(a > 1)",
        "b == 2",
        "has(c)",
    ]
