"""The event loop of a command: the best there is, ended in good order by ^C and SIGTERM."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Final

_FILES: Final = 32_768
# A full collection looks at everything that lives, a tenth of a second after an hour of `serve`, and media and replies
# wait for it; Python's own thresholds ask for one with each long list. Nearly all that dies, dies young.
_COLLECTED: Final = (10_000, 10, 50)


def in_loop(main: Callable[[], Coroutine[Any, Any, None]]) -> float:
    """Run to the end; an interruption is a KeyboardInterrupt once everything is closed. The answer is seconds taken."""
    from telnyx_simulator.transports.clock import wall_clock

    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop

    # A judging thread gives way to the media path within half a millisecond, not within Python's usual five.
    sys.setswitchinterval(0.0005)
    gc.set_threshold(*_COLLECTED)
    _let_many_files_open()
    clock = wall_clock()
    terminated = False

    async def guarded() -> None:
        nonlocal terminated
        task = asyncio.current_task()
        assert task is not None

        def stop() -> None:
            nonlocal terminated
            if not terminated:
                terminated = True
                task.cancel()

        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, stop)
        await main()

    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(guarded())
    except asyncio.CancelledError:
        if not terminated:
            raise
        # One more ^C is not to disturb what is said at the end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt from None
    return clock.now_ns() / 1e9


def _let_many_files_open() -> None:
    """Each leg under way has a file and each stream a socket: the usual 1,024 are few for a thousand calls."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
