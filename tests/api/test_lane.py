"""A simulator in a thread of its own, spoken to from an event loop."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from telnyx_simulator.api.lane import Awaited, Lane


@pytest.fixture
def lane(tmp_path: Path) -> Lane:
    return Lane(None, seed=1, artifacts=tmp_path, root=tmp_path)


async def test_a_step_begins_when_it_is_awaited(lane: Lane) -> None:
    """So a forgotten `await` does nothing, and Python warns of it."""
    begun = []

    async def work() -> None:
        begun.append(True)

    lane.open()
    with contextlib.closing(lane):
        step = Awaited(lane).carry(work())
        await asyncio.sleep(0.05)
        assert begun == []
        await step
    assert begun == [True]
