"""Schedules on Dask arrays, and sent to the workers of a cluster."""

from __future__ import annotations

from collections.abc import Iterator

import dask.array as da
import numpy as np
import pytest
from distributed import Client, LocalCluster

from tests.core.examples import EXAMPLES
from tsa_core import Schedule
from tsa_core.analysis import bounds, integral

NUM_STEPS = 10_000


@pytest.mark.parametrize("schedule", EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_a_dask_array_holds_what_numpy_holds(schedule: Schedule, dtype: str) -> None:
    """Of the same chunks, and lazily."""
    steps = np.arange(-50, 150).astype(dtype)
    values = schedule(da.from_array(steps, chunks=64))
    assert isinstance(values, da.Array)
    assert values.chunks == ((64, 64, 64, 8),)
    np.testing.assert_allclose(values.compute(), schedule(steps), rtol=1e-13, atol=1e-15)


def test_a_long_trajectory_is_reduced_in_chunks() -> None:
    """Without ever being whole."""
    schedule = EXAMPLES["nested"]
    values = schedule(da.arange(10**6, chunks=10**5))
    assert values.sum().compute() == pytest.approx(schedule(np.arange(10**6)).sum(), rel=1e-12)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A worker in a process of its own: what is sent to it is pickled."""
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def row(schedule: Schedule) -> tuple[float, float, float, float, Schedule]:
    """The total, the bounds and a point to resume from, of one configuration."""
    low, high = bounds(schedule, NUM_STEPS)
    return integral(schedule, 0, NUM_STEPS), low, high, schedule(NUM_STEPS // 2), schedule


def test_configurations_are_sent_as_data(client: Client) -> None:
    """What comes back is what is computed here."""
    grid = list(EXAMPLES.values())
    assert client.gather(client.map(row, grid)) == [row(schedule) for schedule in grid]


def test_a_dask_array_on_a_cluster(client: Client) -> None:
    """Chunks on the worker."""
    schedule = EXAMPLES["Joined"]
    total = client.compute(schedule(da.arange(NUM_STEPS, chunks=1000)).sum()).result()
    assert total == pytest.approx(schedule(np.arange(NUM_STEPS)).sum(), rel=1e-12)
