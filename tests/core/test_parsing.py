"""Text that is read as a schedule, or refused at the place: nothing is run."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tsa_core as tsa
from tests.core.catalogue_table import ENTRIES
from tests.helpers import brief
from tsa_core import Constant, Cosine, Linear, Schedule, catalogue, parse
from tsa_core.parsing import MAX_CHARACTERS, builders, methods
from tsa_core.testing import schedules

WARM = "Linear(0, 1, 10).then(Cosine(1, 0, num_steps=90), at=10) * 3e-4"
NAMES = vars(tsa)


def test_names_are_what_builds_a_schedule() -> None:
    """Records and functions that return one; no function that takes one, runs one or loads one."""
    names = builders()
    assert {"Linear", "Joined", "join", "cosine_annealing_with_warmup"} <= set(names)
    others = {"Schedule", "Custom", "ScheduleState", "advance", "from_dict", "init", "parse"}
    assert not others & set(names)
    assert {"clip", "repeat", "reverse", "shift", "stretch", "then"} <= set(methods())
    assert not [name for name in methods() if name.startswith("_")]


@given(schedules())
@settings(max_examples=400)
def test_every_repr_is_read_as_python_reads_it(schedule: Schedule) -> None:
    """The schedule, what its repr evaluates to, and what it is read as, are equal."""
    assert eval(repr(schedule), NAMES) == schedule == parse(repr(schedule))


@pytest.mark.parametrize("name", sorted(ENTRIES))
@settings(max_examples=5)
@given(data=st.data())
def test_calls_of_the_catalogue_are_read(name: str, data: st.DataObject) -> None:
    """With keyword arguments; schedules among them are written as they print."""
    arguments = data.draw(ENTRIES[name].arguments)
    written = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    assert parse(f"{name}({written})") == getattr(catalogue, name)(**arguments)


@pytest.mark.parametrize(
    "expression",
    [
        WARM,
        "  Constant(1)\n",
        "-Linear(0, 1, 10) / 2 + 1 - Constant(-3)",
        "join([Linear(0, 1, 10), Constant(1)], (10,)).clip(low=None, high=0.5)",
        "1 / (Linear(0.0, 1.0, 10) + 1)",
        "Decay(1, rate=0.5, num_steps=3, staircase=True)",
        "Interpolated((0, 10), [1, 2], kind='log').repeat(20, times=3, gain=0.5)",
        "cosine_annealing_with_warmup(1, 0, 10, 100)",
        "(1 + 2) * 3 * Constant(1 / 3 - -4)",
        "Linear(0, 2 ** -1, 10 ** 3) * -2 ** 2 ** 3",
        "Linear(\n  0, 1,  # from 0\n  10,\n)  # 'up'",
        'Interpolated((0, 1), (0, 1), kind="linear") # a \'comment\n',
        "Constant(\f1)",
        "Linear(0, 1, 10) \\\n + 1",
        "2 * Constant(3)",
        " + ".join(["Linear(0, 1, 10)"] * 500),
        "Linear(0, 1, 10)" + ".shift(1)" * 150,
    ],
    ids=brief,
)
def test_expressions_are_python(expression: str) -> None:
    """They mean what Python says, however long a sum or a chain of methods is."""
    assert parse(expression) == eval(expression.strip(), NAMES)


def test_lines_may_be_broken_anywhere() -> None:
    """As a YAML block does, where Python would want brackets."""
    text = """
    # the rate
    Linear(0, 1, 10)          # warmup
      .then(Cosine(1, 0, 90), at=10)\r
      * 3e-4
    """
    assert parse(text) == Linear(0, 1, 10).then(Cosine(1, 0, 90), at=10) * 3e-4


def test_strings_are_left_as_they_are() -> None:
    """Blanks and number signs in them are no comments."""
    with pytest.raises(ValueError, match=r"got '# \(x\)  '"):
        parse("Interpolated((0, 1), (0, 1), '# (x)  ')")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("Linea(0, 1, 2)", r"^ no name is called Linea; did you mean Linear\?"),
        ("os.system('x')", "^ no name is called os; the names are Clipped, "),
        ("Linear(0, 1)", r"^ Linear\(\) missing 1 required positional argument: 'num_steps'"),
        (
            "Linear(0, 1, num_step=3)",
            r"             ^ no argument of Linear is called num_step; did you mean num_steps\?",
        ),
        (
            "Constant(1).shift(bye=3)",
            r"                  ^ no argument of shift is called bye; did you mean by\?",
        ),
        ("2 * Linear(0, 1, -3)", "    ^ num_steps must be >= 0, got -3"),
        ("Constant(1).shft(3)", r"            ^ no method is called shft; did you mean shift\?"),
        ("Constant(1)._formula(3)", "            ^ no method is called _formula; the names are "),
        ("Constant(1).__class__", "^ text must not contain Attribute; allowed are"),
        ("(3).shift(1)", " ^ int has no methods to call"),
        ("Constant", r"^ Constant must be called, as in Constant\(...\)"),
        ("Custom(3)", "^ Custom takes a function, which cannot be written as text"),
        ("Constant(1)(5)", "^ a call must be of a name or a method"),
        ("Constant(*[1])", "         ^ text must not contain Starred"),
        ("Constant(**{})", "           ^ text must not contain \\*\\*"),
        ("Constant(2 % 3)", "         ^ text must not contain Mod"),
        ("Constant(2 ** 10000)", "         ^ the power must fit a float"),
        ("Constant(9 ** 9 ** 9 ** 9)", "              ^ the power must fit a float"),
        ("Constant(2) ** 2", "^ \\*\\* takes two numbers, got a schedule"),
        ("Constant(+3)", "         ^ text must not contain UAdd"),
        ("Constant(3j)", "         ^ text must not contain Constant"),
        ("[Constant(i) for i in (1, 2)]", "^ text must not contain ListComp"),
        ("lambda: 1", "^ text must not contain Lambda"),
        ("(x := Constant(1))", " ^ text must not contain NamedExpr"),
        ("Constant(1) if 1 else 2", "^ text must not contain IfExp"),
        ("__import__('os')", "^ no name is called __import__; the names are"),
        ("Constant(True * 3)", "         ^ operand must be a number or a schedule, got bool"),
        ("'a' * Constant(1)", "^ operand must be a number or a schedule, got str"),
        ("-None", " ^ operand must be a number or a schedule, got None"),
        ("é + 1", "^ no name is called é"),
        ("Interpolated('é', 1) + é", "^ steps must be a sequence, got 'é'"),
        ("Constant(1) * 'é' + é", "              ^ operand must be a number or a schedule"),
        ("1 / 0 * Constant(1)", "^ division by zero"),
        ("Constant(1) / 0", "^ a schedule cannot be divided by 0.0"),
        ("Constant(1e999)", "^ value must be finite, got inf"),
        ("3 + 4", "^ text must describe a schedule, got int"),
        ("()", "^ text must describe a schedule, got tuple"),
        ("Linear(0, 1", r"      ^ '\(' was never closed"),
        ("", r"^ invalid syntax"),
        ("Constant(1)) + (Constant(2)", "           ^ unmatched '\\)'"),
        ("Constant(1); Constant(2)", "           ^ invalid syntax"),
        ("Constant(1)\nConstant(2)", "^ invalid syntax"),
        ("Constant(\0)", "^ .*null"),
        ("-" * 3000 + "Constant(1)", "^ text must be nested less deeply"),
        ("-" * 200_000 + "Constant(1)", "^ text must be nested less deeply"),
        ("Constant(9" + "9" * 5000 + ")", "Exceeds the limit"),
    ],
    ids=brief,
)
def test_errors_point_at_the_place(expression: str, message: str) -> None:
    """With the line, a caret under it, and what is wrong."""
    with pytest.raises(ValueError, match=message.replace("^ ", r"\^\n", 1)) as caught:
        parse(expression)
    line, caret, *_ = str(caught.value).split("\n")
    assert line in expression
    assert caret.strip() == "^"


def test_an_error_on_a_later_line_shows_that_line() -> None:
    """Lines are those of Python."""
    with pytest.raises(ValueError, match=r"^  nothing,\n  \^\nno name is called nothing") as caught:
        parse("Linear(\r\n  0,\r  nothing,\n 3)")
    assert str(caught.value).count("\n") == 2


def test_a_long_line_is_shown_around_the_place() -> None:
    """The caret stands under the same words as in the text."""
    text = "Sum((" + "Constant(1), " * 100 + "Constnat(2), " + "Constant(3), " * 100 + "))"
    with pytest.raises(ValueError, match="did you mean Constant") as caught:
        parse(text)
    line, caret, _ = str(caught.value).split("\n")
    assert len(line) < 80
    assert line[caret.index("^") :].startswith("Constnat(2)")


def test_a_long_message_is_shortened() -> None:
    """Such as one that prints a whole table."""
    with pytest.raises(ValueError, match=r"steps must be strictly increasing, got .*\.\.\.$"):
        parse(f"Interpolated({(1,) * 5000}, {(1,) * 5000})")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chebyshev_steps(1000000000)", "at most 100000 values, got chebyshev_steps num_steps=10"),
        ("with_noise(Linear(1, 0, 9), 10**9)", "at most 100000 values, got with_noise num_steps="),
        ("with_noise(Linear(1, 0, 9), num_steps=1e300)", "at most 100000 values, got with_noise"),
        ("cosine_with_restarts(10, 1000000, growth=1.0000001)", "restarts num_cycles=1000000"),
        ("with_restarts(Linear(1, 0, 9), 9, 10**6, growth=1.0000001)", "num_cycles=1000000"),
        ("Sum((" + "chebyshev_steps(100), " * 3 + "chebyshev_steps(99900)))", "num_steps=99900"),
        ("chebyshev_steps(-5) + chebyshev_steps(1000000000)", "num_steps must be >= 1, got -5"),
        ("(" * 10_000, "too many nested parentheses"),
        ("(" * 10_000 + "Constant(1)" + ")" * 10_000, "too many nested parentheses"),
        ("Sum([" * 5000, "too many nested parentheses"),
        ("Linear(0, 1, 9)" + " + Linear(0, 1, 9)" * 10_000, "text must be nested less deeply"),
        ("Linear(0, 1, 9)" + ".shift(1)" * 10_000, "text must be nested less deeply"),
        ("a" * 500_000, r"no name is called a+\.\.\.; the names"),
        ("Constant(" + "9" * 500_000 + ")", "Exceeds the limit"),
        ("Constant(" + "0x" + "f" * 500_000 + ")", "Exceeds the limit|must fit a float"),
        ("Constant(2)" * 100_000, "text must have at most 1000000 characters, got 1100000"),
    ],
    ids=brief,
)
def test_work_is_bounded_before_it_is_done(text: str, message: str) -> None:
    """One sentence, within a second."""
    begin = time.process_time()
    with pytest.raises(ValueError, match=message) as caught:
        parse(text)
    assert time.process_time() - begin < 1
    assert len(str(caught.value).split("\n")[-1]) < 3000


def test_restarts_of_one_length_are_not_counted() -> None:
    """They are one record, however many they are."""
    assert parse("cosine_with_restarts(10, 1000000)") == tsa.cosine_with_restarts(10, 1_000_000)
    endless = "with_restarts(Linear(1, 0, 9), 10, growth=1)"
    assert parse(endless) == tsa.with_restarts(Linear(1, 0, 9), 10)


def test_a_table_of_thousands_of_points_is_read() -> None:
    """What is written is not counted as made."""
    table = tsa.with_noise(Linear(1, 0, 9), 20_000)
    assert len(repr(table)) < MAX_CHARACTERS
    assert parse(repr(table)) == table


def test_what_is_not_text_is_refused() -> None:
    """By its type."""
    for text in (None, 3, b"Constant(1)", Constant(1)):
        with pytest.raises(TypeError, match="text must be a string, got "):
            parse(text)


def attempt(expression: str) -> None:
    """A schedule, or an error with a caret."""
    try:
        assert isinstance(parse(expression), Schedule)
    except ValueError as error:
        _, caret, message = str(error).split("\n", 2)
        assert caret.strip() == "^"
        assert message


WORDS = st.sampled_from(
    (
        *("Linear", "Constant", "Custom", "Sum", "Repeated", "join", "os", "_x", "é", "True"),
        *(".then", ".shift", ".clip", ".__class__", ".real", "(", ")", "[", "]", ",", "=", "at="),
        *("+", "-", "*", "/", "**", "%", "@", "<", "not ", "lambda: ", " if ", " for x in ", ":="),
        *(
            "0",
            "1",
            "10",
            "2.5",
            "1e999",
            "3j",
            "'a'",
            "b'a'",
            "f'{1}'",
            "...",
            "\n",
            "\\",
            "#",
            "\f",
        ),
    )
)


@given(st.text() | st.lists(WORDS, max_size=12).map("".join))
@example("\ud800")
@example("'\\d'")
@example("f'{Constant(1)}'")
@settings(max_examples=500)
def test_any_text_is_a_schedule_or_a_clear_error(text: str) -> None:
    """Never another exception."""
    attempt(text)


@given(schedules().map(repr), st.data())
@settings(max_examples=300)
def test_a_damaged_expression_is_a_schedule_or_a_clear_error(
    text: str, data: st.DataObject
) -> None:
    """With a part of it cut out and something else put in."""
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(start + 8, len(text))))
    attempt(text[:start] + data.draw(WORDS | st.just("")) + text[stop:])
