"""Any array: NumPy, torch and JAX, eager and compiled, agree with the value of one number."""

from __future__ import annotations

import logging
from typing import Any

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch

import tsa_core
from tests.core.examples import EXAMPLES, own_kinds
from tsa_core import (
    Clocked,
    Constant,
    Cosine,
    Custom,
    Decay,
    Interpolated,
    Linear,
    Repeated,
    Schedule,
    join,
)

STEPS = [-3, -1, *range(0, 63, 3), 1000]
KINDS = pytest.mark.parametrize("schedule", EXAMPLES.values(), ids=EXAMPLES)


def numbers(schedule: Schedule) -> list[float]:
    """The values, one call a step."""
    return [schedule(step) for step in STEPS]


def test_there_is_an_example_of_every_kind() -> None:
    """A new record without one fails here."""
    assert {type(schedule).__name__ for schedule in EXAMPLES.values()} | {"Custom"} == set(
        own_kinds()
    )


@KINDS
@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_numpy(schedule: Schedule, dtype: str) -> None:
    """Of any shape, to the last few bits; blocks of the evaluation do not show."""
    steps = np.array(STEPS, dtype=dtype)
    np.testing.assert_allclose(schedule(steps), numbers(schedule), rtol=1e-14, atol=1e-15)
    long = np.tile(steps, 450)[: 2 * 5000].reshape(2, 5000)
    expected = np.tile(schedule(steps), 450)[: 2 * 5000].reshape(2, 5000)
    np.testing.assert_array_equal(schedule(long), expected)
    assert schedule(steps[:0]).shape == (0,)
    assert schedule(steps[3]) == schedule(STEPS[3])


@KINDS
def test_torch(schedule: Schedule) -> None:
    """Whole steps give torch's default float, floating ones keep theirs."""
    values = schedule(torch.tensor(STEPS))
    assert values.dtype == torch.get_default_dtype()
    exact = schedule(torch.tensor(STEPS, dtype=torch.float64).reshape(2, -1))
    assert exact.dtype == torch.float64
    assert exact.shape[0] == 2
    torch.testing.assert_close(values.double(), exact.reshape(-1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(exact.reshape(-1), numbers(schedule), rtol=1e-14, atol=1e-15)


def test_torch_keeps_the_device() -> None:
    """The meta device shows it without a second one at hand."""
    for name, schedule in EXAMPLES.items():
        values = schedule(torch.empty(3, dtype=torch.float64, device="meta"))
        assert values.device.type == "meta", name


@KINDS
def test_torch_compile(schedule: Schedule) -> None:
    """In one graph, also where the compiler has seen another schedule of the kind before."""
    torch._logging.set_logs(dynamo=logging.ERROR)
    compiled = torch.compile(lambda steps: schedule(steps) * 2, fullgraph=True, backend="eager")
    for dtype in (torch.int64, torch.float64):
        steps = torch.tensor(STEPS, dtype=dtype)
        torch.testing.assert_close(compiled(steps), schedule(steps) * 2, rtol=1e-14, atol=0.0)
    torch._dynamo.reset()


def test_torch_compile_of_many_of_one_kind() -> None:
    """Lengths and ends that change from one graph to the next."""
    steps = torch.arange(30, dtype=torch.float64)
    compiled = torch.compile(lambda schedule, t: schedule(t), fullgraph=True, backend="eager")
    for length in (10, 20, 25):
        for schedule in (Cosine(0.1 * length, 0.3, length), Linear(0.1, 0.3 * length, length)):
            torch.testing.assert_close(compiled(schedule, steps), schedule(steps))
    torch._dynamo.reset()


@KINDS
def test_jax(schedule: Schedule) -> None:
    """Eager, jit, vmap and scan agree to the bits of float32; no gradient is NaN."""
    steps = jnp.array(STEPS)
    values = schedule(steps)
    assert values.dtype == jnp.float32
    expected = pytest.approx(np.array(numbers(schedule)), rel=1e-5, abs=1e-6)
    assert np.asarray(values) == expected
    assert np.asarray(jax.jit(schedule)(steps)) == expected
    assert np.asarray(jax.vmap(schedule)(steps)) == expected
    scanned = jax.lax.scan(lambda carry, step: (carry, schedule(step)), None, steps)[1]
    assert np.asarray(scanned) == expected
    slopes = jax.vmap(jax.grad(schedule))(steps.astype(jnp.float32))
    assert np.isfinite(slopes).all()


def test_jax_gradient_is_the_slope() -> None:
    """Of the piece that is taken."""
    schedule = Linear(0.0, 1.0, 10).then(Cosine(1.0, 0.0, 20), at=10)
    slope = jax.grad(schedule)
    assert slope(5.0) == pytest.approx(0.1)
    assert slope(20.0) == pytest.approx(-np.pi / 40, rel=1e-5)
    assert slope(50.0) == 0.0


@pytest.mark.parametrize("late", [2**24 + 1, 2**31 - 2])
def test_whole_steps_beyond_float32_keep_their_precision(late: int) -> None:
    """The clock of a late piece is exact, though float32 could not hold the step."""
    schedule = Constant(0.0).then(Linear(0.0, 1.0, 4), at=late)
    for steps in (jnp.array([late + 1]), torch.tensor([late + 1]), np.array([late + 1])):
        assert float(schedule(steps)[0]) == 0.25
    repeated = Repeated(Linear(0.0, 1.0, 4), 4)
    assert float(repeated(jnp.array([late]))[0]) == (late % 4) / 4


def test_no_warning_from_the_piece_that_is_not_taken() -> None:
    """Warnings are errors here: growth that would overflow elsewhere raises none."""
    schedule = Decay(1.0, 2.0, 1).clip(None, 8.0).then(Constant(0.5), at=3)
    steps = np.array([0, 1, 2, 3, 10**6])
    np.testing.assert_array_equal(schedule(steps), [1.0, 2.0, 4.0, 0.5, 0.5])


def test_nan_steps_stay_nan_and_harm_no_others() -> None:
    """In whatever block they are."""
    schedule = Linear(0.0, 1.0, 10).then(Linear(1.0, 0.0, 10), at=10)
    np.testing.assert_array_equal(
        schedule(np.array([0.0, np.nan, 5.0, 15.0])), [0.0, np.nan, 0.5, 0.5]
    )


def test_a_custom_function_is_traced_by_jax_and_called_by_number_by_numpy() -> None:
    """The whole array in JAX, a number at a time in NumPy."""
    seen: list[Any] = []

    def function(step: Any) -> Any:
        seen.append(step)
        return step * 0.5

    assert jax.jit(Custom(function))(jnp.array([2, 4])).tolist() == [1.0, 2.0]
    assert len(seen) == 1
    assert Custom(function)(np.array([2, 4])).tolist() == [1.0, 2.0]
    assert seen[1:] == [2, 4]


def train(optimizer: Any, steps: int = 30) -> tuple[Any, Any]:
    """A few updates of a parabola under jit."""
    weights = jnp.array([3.0, -2.0])
    state = optimizer.init(weights)

    @jax.jit
    def update(weights: Any, state: Any) -> tuple[Any, Any]:
        slope = jax.grad(lambda w: (w**2).sum())(weights)
        change, state = optimizer.update(slope, state, weights)
        return optax.apply_updates(weights, change), state

    for _ in range(steps):
        weights, state = update(weights, state)
    return weights, state


def test_it_is_an_optax_schedule() -> None:
    """The same weights as under optax's own schedule of the same shape."""
    ours = tsa_core.Cosine(0.3, 0.0, 30)
    theirs = optax.cosine_decay_schedule(0.3, 30)
    weights, _ = train(optax.adamw(learning_rate=ours, weight_decay=1e-2))
    expected, _ = train(optax.adamw(learning_rate=theirs, weight_decay=1e-2))
    np.testing.assert_allclose(weights, expected, rtol=1e-4, atol=1e-6)


def test_it_drives_any_hyperparameter_of_optax() -> None:
    """`inject_hyperparams` reads the values of the step, each its own."""
    lr, decay, beta = Cosine(0.3, 0.0, 30), Linear(0.1, 0.2, 30), Linear(0.8, 0.95, 30)
    optimizer = optax.inject_hyperparams(optax.adamw)(learning_rate=lr, weight_decay=decay, b1=beta)
    _, state = train(optimizer, steps=12)
    for name, schedule in (("learning_rate", lr), ("weight_decay", decay), ("b1", beta)):
        assert float(state.hyperparams[name]) == pytest.approx(schedule(11), rel=1e-5)


LATE = 2**25 + 1
WHOLE_FLOATS = {
    "join": Constant(1.0).then(Linear(0.0, 1.0, 4), at=float(LATE - 1)),
    "shift": Linear(0.0, 1.0, 4).shift(float(LATE - 1)),
    "repeat": Linear(0.0, 1.0, 4).repeat(4.0),
    "reverse": Linear(0.0, 1.0, 4).reverse(float(LATE + 1)),
    "points": tsa_core.Interpolated((float(LATE - 1), float(LATE + 3)), (0.0, 1.0)),
}


@pytest.mark.parametrize("kind", WHOLE_FLOATS)
def test_whole_steps_given_as_floats_stay_exact(kind: str) -> None:
    """As those given as ints do: float32 could hold neither the step nor the boundary."""
    schedule = WHOLE_FLOATS[kind]
    expected = [schedule(LATE - 2), schedule(LATE), schedule(LATE + 1)]
    steps = [LATE - 2, LATE, LATE + 1]
    assert schedule(torch.tensor(steps)).tolist() == pytest.approx(expected, abs=1e-6)
    assert np.asarray(schedule(jnp.array(steps))).tolist() == pytest.approx(expected, abs=1e-6)


def test_unsigned_steps_do_not_wrap() -> None:
    """What the signed clock cannot hold is late, not negative."""
    fade = Linear(1.0, 0.0, 10)
    assert fade(np.array([2, 2**63 + 5], dtype=np.uint64)).tolist() == [0.8, 0.0]
    assert fade(torch.tensor([2, 2**63 + 5], dtype=torch.uint64)).tolist() == pytest.approx(
        [0.8, 0]
    )
    assert fade(jnp.array([2, 2**31 + 5], dtype=jnp.uint32)).tolist() == pytest.approx([0.8, 0.0])


def test_half_precision_steps_of_a_long_curve() -> None:
    """Their largest number is smaller than its length."""
    values = Linear(0.0, 1.0, 100_000)(np.array([1000.0, 60_000.0], dtype=np.float16))
    assert values.dtype == np.float16
    assert values.tolist() == pytest.approx([0.01, 0.6], rel=1e-3)


@attrs.frozen
class Late(Schedule):
    """A record of the user's own, with a number of steps and what it notes when it is made."""

    schedule: Schedule
    by: int

    def __attrs_post_init__(self) -> None:
        self.__dict__["noted"] = self.by // 2

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.apply(self.schedule, t) + (t - self.by) / self.noted


UP, FAR = Linear(0.0, 1.0, 10), 2**31
BEYOND_INT32 = {
    "a length": Linear(0.0, 1.0, FAR),
    "a curve": Cosine(1.0, 0.0, 10**12),
    "stairs": Decay(1.0, 0.5, 10**10, staircase=True),
    "points": Interpolated((-(10**11), 10, 10**11), (0.0, 1.0, 2.0)),
    "a shift": UP.shift(FAR),
    "a shift to before": UP.shift(-3 * FAR),
    "a boundary": UP.then(Cosine(0.5, 0.0, 10**10), at=FAR),
    "boundaries": join([Constant(float(k)) for k in range(9)], [k * 10**9 for k in range(1, 9)]),
    "a reversal": UP.reverse(FAR),
    "a round": UP.repeat(FAR),
    "rounds": Linear(0.0, 1.0, 2**28).repeat(2**28, 3 * FAR),
    "a stair": Linear(0.0, 1.0, 10**10).hold(FAR),
    "a part": Linear(0.0, 1.0, 8).repeat(8) + UP.shift(FAR),
    "a clock": Clocked(Linear(0.0, 1.0, 10**10), Linear(0.0, 1e10, 1000)),
    "the user's own": Late(UP, 10**12),
}


@pytest.mark.parametrize("schedule", BEYOND_INT32.values(), ids=BEYOND_INT32)
@pytest.mark.parametrize("dtype", [jnp.int32, jnp.float32])
def test_jax_takes_lengths_that_its_whole_numbers_do_not_hold(
    schedule: Schedule, dtype: Any
) -> None:
    """As floats, eager and jitted; the steps are some that float32 holds."""
    numbers = [0, 1, 5, 9, 10, 11, 1000, 2**24 + 2, 2**30 + 64, FAR - 128]
    steps, expected = jnp.array(numbers, dtype=dtype), [schedule(step) for step in numbers]
    for function in (schedule, jax.jit(schedule)):
        assert np.asarray(function(steps)).tolist() == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_jax_counts_on_where_a_schedule_is_longer_than_its_whole_numbers() -> None:
    """By floats, since int32 holds no such length."""
    long = Linear(0.0, 1.0, 2**40)
    assert long(jnp.array([0, 2**30])).tolist() == [0.0, pytest.approx(2.0**-10, rel=1e-6)]
