"""Python functions of a profile (`module:function`), called so that they can neither block the event loop nor keep us
from ending.

A plain function runs in a daemon thread of its own. A coroutine runs on one loop beside ours, in a thread as well: what
it keeps between calls (a client, a pool) stays usable, and what blocks in it blocks nobody else. In virtual time, which
stands still while we compute, both are called directly.
"""

import asyncio
import importlib
import inspect
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from telnyx_simulator.sut.clocks import Clock


class CallFailed(Exception):
    """A function that cannot be found, that raised, or that did not return in time; the text is for its author."""


class _Disarmed(Exception):
    """What would have ended more than the function that raised it."""


class Callables:
    """The functions of one profile. `folder` is the profile's: its modules are found there first, then in the current
    folder, then among what is installed.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder.resolve()
        self._clock = clock
        self._found: dict[str, Callable[..., Any]] = {}
        self._finding = threading.Lock()
        self._path: list[str] = []
        self._beside: asyncio.AbstractEventLoop | None = None

    async def call(self, reference: str, about: dict[str, Any], limit_ns: int) -> Any:
        """What `module:function` returns for a mapping of words. `CallFailed` says what went wrong instead."""
        try:
            async with self._clock.limit(limit_ns):
                return await self._called(reference, about)
        except TimeoutError as error:
            raise CallFailed(f"{reference} did not return within {limit_ns / 1e9:g} s") from error

    def keep(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        """Functions that are found under these names, whatever modules there are."""
        self._found |= functions

    def named(self, reference: str) -> Callable[..., Any]:
        """The function, or class, that `module:name` means. Raises `CallFailed`."""
        return self._function(reference)

    def made(self, reference: str, *arguments: Any) -> Any:
        """What a class, or a function, of the author's makes of these. Raises `CallFailed`."""
        try:
            return self._function(reference)(*arguments)
        except CallFailed:
            raise
        except Exception as error:
            raise CallFailed(f"{reference} raised {_told(error)}") from error

    def close(self) -> None:
        """Leave nothing behind but the modules, and the threads of functions that never return."""
        for folder in self._path:
            with suppress(ValueError):
                sys.path.remove(folder)
        self._path.clear()
        if self._beside is not None:
            self._beside.call_soon_threadsafe(self._beside.stop)
            self._beside = None

    async def _called(self, reference: str, about: dict[str, Any]) -> Any:
        def called() -> Any:
            return self._function(reference)(about)

        try:
            if self._clock.is_virtual:
                result = called()
                return await result if inspect.isawaitable(result) else result
            result = await aside(called)
            return await self._awaited(result) if inspect.isawaitable(result) else result
        except CallFailed:
            raise
        except Exception as error:
            raise CallFailed(f"{reference} raised {_told(error)}") from error

    async def _awaited(self, result: Any) -> Any:
        if self._beside is None:
            self._beside = asyncio.new_event_loop()
            threading.Thread(target=_run_loop, args=(self._beside,), name="sut async", daemon=True).start()
        work = _coroutine(result)
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._beside))
        except asyncio.CancelledError:
            # A loop that another function blocks may never begin it; Python would complain of what was not awaited.
            for one in (work, result):
                if inspect.iscoroutine(one) and inspect.getcoroutinestate(one) == inspect.CORO_CREATED:
                    one.close()
            raise

    def _function(self, reference: str) -> Callable[..., Any]:
        with self._finding:
            if reference not in self._found:
                self._found[reference] = self._imported(reference)
            return self._found[reference]

    def _imported(self, reference: str) -> Callable[..., Any]:
        name, _, function = reference.partition(":")
        if not self._path:
            self._path = [str(self._folder), str(Path.cwd())]
            sys.path[:0] = self._path
        _forget_namesake(name, self._folder)
        try:
            module = importlib.import_module(name)
        except Exception as error:
            raise CallFailed(f"{name} cannot be imported: {_told(error)}") from error
        found = getattr(module, function, None)
        if not callable(found):
            raise CallFailed(f"{name} has no function {function!r}{_others(module)}")
        return found  # type: ignore[no-any-return] # its caller looks at whatever it returns


def find_module(reference: str, folder: Path) -> ModuleSpec | None:
    """Where the module of `module:function` is, without importing any of it; None where there is none."""
    top, *inner = reference.partition(":")[0].split(".")
    spec = PathFinder.find_spec(top, [str(folder.resolve()), str(Path.cwd())]) or _spec(top, None)
    name = top
    for part in inner:
        name = f"{name}.{part}"
        spec = _spec(name, spec.submodule_search_locations) if spec and spec.submodule_search_locations else None
    return spec


def _spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    """By every finder that an `import` would ask."""
    return next((spec for finder in sys.meta_path if (spec := finder.find_spec(name, path)) is not None), None)


def _forget_namesake(name: str, folder: Path) -> None:
    """A module of the same name that another profile brought: each profile has its own."""
    top = name.partition(".")[0]
    known, own = sys.modules.get(top), PathFinder.find_spec(top, [str(folder)])
    if known is None or own is None or own.origin is None or getattr(known, "__file__", None) == own.origin:
        return
    for module in [module for module in sys.modules if module == top or module.startswith(f"{top}.")]:
        del sys.modules[module]


def _others(module: ModuleType) -> str:
    public = [name for name, value in vars(module).items() if inspect.isfunction(value) and not name.startswith("_")]
    return f"; there are {', '.join(public)}" if public else ""


def _told(error: BaseException) -> str:
    """An exception in one line, with the place in the author's own file."""
    lines = str(error).strip().splitlines()
    name = "" if isinstance(error, _Disarmed) else type(error).__name__
    text = ": ".join(part for part in (name, lines[0][:300] if lines else "") if part)
    if isinstance(error, SyntaxError):
        return text
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and not frame.filename.startswith(("<", sys.prefix, sys.base_prefix))
    ]
    return f"{text} ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else text


def _harmless(error: BaseException) -> Exception:
    """What a function raised, as something that ends neither us nor a loop."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return _Disarmed(f"{type(error).__name__}: {error}".rstrip(": ")).with_traceback(error.__traceback__)


async def _coroutine(result: Any) -> Any:
    try:
        return await result
    except (SystemExit, KeyboardInterrupt) as error:
        raise _harmless(error) from error


async def aside(work: Callable[[], Any]) -> Any:
    """Like `asyncio.to_thread`, but in a thread that may never end: nobody waits for it at the exit."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: Exception | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:
            error = _harmless(raised)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="sut call", daemon=True).start()
    return await done


def _run_loop(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
