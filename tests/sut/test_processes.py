"""Processes of the application's side."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from telnyx_simulator.sut.processes import Process
from telnyx_simulator.transports.clock import wall_clock


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
async def test_a_start_that_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process runs, with a child, before whoever waits for it knows of it."""
    create = asyncio.create_subprocess_exec
    created, groups = asyncio.Event(), []

    async def created_and_not_yet_told(*argv: str, **options: object) -> asyncio.subprocess.Process:
        process = await create(*argv, **options)  # type: ignore[arg-type] # as they are given
        assert process.stdout is not None
        assert await process.stdout.readline() == b"the child runs\n"
        groups.append(process.pid)
        created.set()
        await asyncio.sleep(0)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", created_and_not_yet_told)
    process = Process(lambda line: None, lambda code: None)
    starting = asyncio.create_task(
        process.start(["sh", "-c", "sleep 600 & echo the child runs; wait"], tmp_path, dict(os.environ))
    )
    await created.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await process.stop(wall_clock(), 10**9)
    assert not _runs(groups[0])


def _runs(group: int) -> bool:
    """Whether any process of the group runs; a zombie waits only for init."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False
