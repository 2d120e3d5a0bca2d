"""A simulator in a thread of its own, spoken to from an event loop."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from telnyx_simulator.api import lane as lane_module
from telnyx_simulator.api.lane import Awaited, Lane


@pytest.fixture
def by_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "_new_loop", asyncio.new_event_loop)


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


@pytest.mark.usefixtures("by_asyncio")
def test_closing_that_is_interrupted_gets_to_its_end(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under asyncio's own loop too, which stops in the middle of it: the application's process is killed there."""
    waiting, ended = threading.Event(), threading.Event()

    async def stop_the_application() -> None:
        try:
            async with asyncio.timeout(60):
                waiting.set()
                await asyncio.Event().wait()
        finally:
            ended.set()

    def interrupted(work: Coroutine[Any, Any, None]) -> None:
        future = lane.start(work)
        waiting.wait(10)
        future.cancel()
        raise KeyboardInterrupt

    lane.open()
    lane._stack.push_async_callback(stop_the_application)
    monkeypatch.setattr(lane, "wait_for", interrupted)
    with pytest.raises(KeyboardInterrupt):
        lane.close()
    assert ended.is_set()
