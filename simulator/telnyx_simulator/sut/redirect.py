"""The process shims: what a process gets so that its requests for Telnyx come to us, and what it says of refused ones.

The shims themselves lie in `shims/`: code of other people's processes, which imports nothing of ours.
"""

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

from telnyx_simulator.sut.clocks import Clock
from telnyx_simulator.sut.shims.python.telnyx_sim_shim.hosts import REDIRECT, REFUSALS

PYTHON_SHIM: Final = "python-shim"
NODE_SHIM: Final = "node-shim"
SHIMS: Final = (PYTHON_SHIM, NODE_SHIM)

_SHIMS: Final = Path(__file__).resolve().parent / "shims"
_PYTHON_FOLDER: Final = _SHIMS / "python"
_NODE_PRELOAD: Final = _SHIMS / "node" / "preload.cjs"
_TOLD: Final = ("host", "port", "what", "at", "pid", "program")
_LOOK_NS: Final = 100_000_000
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
# What no proxy of the environment is to be asked for.
_DIRECT: Final = "telnyx.com,.telnyx.com,127.0.0.1,localhost"


def shimmed(environment: Mapping[str, str], shims: Collection[str], *, url: str, refusals: Path) -> dict[str, str]:
    """`environment` and what makes a process, and those that it starts, speak to `url` (without `/v2`) as to Telnyx.

    `refusals` is the file that gets a line of JSON for each connection that could not be redirected, and was refused.
    """
    added = {REDIRECT: url, REFUSALS: str(refusals)}
    if PYTHON_SHIM in shims:
        path = [str(_PYTHON_FOLDER), *_parts(environment.get("PYTHONPATH", ""), str(_PYTHON_FOLDER))]
        added["PYTHONPATH"] = os.pathsep.join(path)
    if NODE_SHIM in shims:
        quoted = str(_NODE_PRELOAD).replace("\\", "\\\\")
        option = f'--require "{quoted}"'
        options = environment.get("NODE_OPTIONS", "")
        added["NODE_OPTIONS"] = options if option in options else f"{options} {option}".strip()
    if any(environment.get(name) or environment.get(name.upper()) for name in _PROXIES):
        exempt = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        added["no_proxy"] = added["NO_PROXY"] = f"{exempt},{_DIRECT}".strip(",")
    return {**environment, **added}


def _parts(path: str, but: str) -> list[str]:
    return [part for part in path.split(os.pathsep) if part and part != but]


class Shim:
    """The shims of one application: what its processes get, and what they could not redirect, and refused.

    `on_refusal` gets each refusal: `host`, `port` or None, `what` was tried, `at` which line of the application if that
    is known, `pid`, `program`. They come by a file, which is there from the first moment and outlives every crash.
    """

    def __init__(
        self, shims: Collection[str], *, url: str, clock: Clock, on_refusal: Callable[[dict[str, Any]], None]
    ) -> None:
        self._shims = shims
        self._url = url
        self._clock = clock
        self._on_refusal = on_refusal
        self._path: Path | None = None
        self._read = 0
        self._watching: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """From now on, until `close`, refusals are told as they come."""
        if self._path is not None:
            return
        descriptor, name = tempfile.mkstemp(prefix="telnyx-sim-refusals-", suffix=".jsonl")
        os.close(descriptor)
        self._path = Path(name)
        self._watching = asyncio.create_task(self._look())

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        assert self._path is not None
        return shimmed(environment, self._shims, url=self._url, refusals=self._path)

    def tell(self) -> None:
        """What was refused since the last time, now. What else stands in the file is passed over."""
        if self._path is None:
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            with contextlib.suppress(ValueError):
                told = json.loads(line)
                if isinstance(told, dict):
                    self._on_refusal({key: told.get(key) for key in _TOLD})

    def close(self) -> None:
        if self._path is None or self._watching is None:
            return
        self._watching.cancel()
        self.tell()
        self._path.unlink()
        self._path = self._watching = None

    async def _look(self) -> None:
        while True:
            await self._clock.sleep(_LOOK_NS)
            self.tell()


def shim_for(
    redirect: str, words: Mapping[str, str], clock: Clock, on_refusal: Callable[[dict[str, Any]], None]
) -> Shim | None:
    """The shim that a profile's `redirect` wants; None where it wants another way."""
    if redirect not in SHIMS:
        return None
    return Shim([redirect], url=words["api_v2"].removesuffix("/v2"), clock=clock, on_refusal=on_refusal)


def place_of(refusal: Mapping[str, Any]) -> str:
    """Host and port, and who wanted to go there: `api.telnyx.com:443 (server.py:12)`."""
    port = "" if refusal.get("port") is None else f":{refusal['port']}"
    return f"{refusal['host']}{port} ({refusal.get('at') or refusal.get('program')})"
