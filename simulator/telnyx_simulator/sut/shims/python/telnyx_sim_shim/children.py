"""Processes that are started with an environment of their own get what sends them to the simulator, too."""

from __future__ import annotations

import os

from .hosts import REDIRECT, REFUSALS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PYTHON = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_NODE = os.path.join(os.path.dirname(_PYTHON), "node", "preload.cjs")
# Where `env` stands among the arguments of `subprocess.Popen`.
_ENV = 10


def environment(given: Any) -> Any:
    """`given` with what our own environment has of the shims."""
    ours = {name: os.environ[name] for name in (REDIRECT, REFUSALS) if name in os.environ}
    path = given.get("PYTHONPATH")
    if _PYTHON not in (path or "").split(os.pathsep):
        ours["PYTHONPATH"] = os.pathsep.join([_PYTHON, path] if path else [_PYTHON])
    options = given.get("NODE_OPTIONS", "")
    if _NODE in os.environ.get("NODE_OPTIONS", "") and _NODE not in options:
        ours["NODE_OPTIONS"] = '{} --require "{}"'.format(options, _NODE.replace("\\", "\\\\")).strip()
    return {**given, **ours}


def _patch_subprocess(module: Any) -> None:
    popen = module.Popen
    init = popen.__init__

    def checked_init(self: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("env") is not None:
            kwargs["env"] = environment(kwargs["env"])
        elif len(args) > _ENV and args[_ENV] is not None:
            args = (*args[:_ENV], environment(args[_ENV]), *args[_ENV + 1 :])
        init(self, *args, **kwargs)

    popen.__init__ = checked_init


def _patch_uvloop(module: Any) -> None:
    loop = module.Loop
    for name in ("subprocess_exec", "subprocess_shell"):
        setattr(loop, name, _with_environment(getattr(loop, name)))


def _with_environment(start: Any) -> Any:
    async def started(self: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("env") is not None:
            kwargs["env"] = environment(kwargs["env"])
        return await start(self, *args, **kwargs)

    return started


PATCHES = {"subprocess": _patch_subprocess, "uvloop": _patch_uvloop}
