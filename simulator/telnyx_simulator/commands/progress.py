"""What is going on, on stderr: runs under way with their steps on a terminal, nothing but finished lines elsewhere.

Results go through `say`, so that they never mix with what is being drawn.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.live import Live as Drawing

# Drawing costs a few milliseconds each time, in the process that also keeps the media's time.
_DRAWN_A_SECOND = 4


class Progress(Protocol):
    """Told of runs by their labels."""

    def begin(self, label: str) -> None: ...

    def step(self, label: str, text: str) -> None: ...

    def end(self, label: str) -> None: ...

    def say(self, text: str, *, err: bool = False) -> None: ...


class Plain:
    """For logs: says what is to be said, and draws nothing."""

    def begin(self, label: str) -> None:
        pass

    def step(self, label: str, text: str) -> None:
        pass

    def end(self, label: str) -> None:
        pass

    def say(self, text: str, *, err: bool = False) -> None:
        click.echo(text, err=err)


class Live:
    """For a terminal: a line for each run under way, and how many are over."""

    def __init__(self, total: int, *, colors: bool) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

        # Labels have brackets in them, which are no markup.
        self._bars = Progress(
            SpinnerColumn("dots"),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[step]}", markup=False, style="dim"),
        )
        self._console = Console(stderr=True, no_color=not colors, highlight=False)
        self._tasks: dict[str, TaskID] = {}
        self._total, self._over = total, 0
        self._all = self._bars.add_task(self._counted(), total=None, step="")
        self._drawn = self._drawing()

    def _drawing(self) -> "Drawing":
        from rich.live import Live as Drawing

        # Our own output goes round it, by `say`: a result belongs on stdout even while stderr is drawn on.
        return Drawing(
            self._bars,
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            refresh_per_second=_DRAWN_A_SECOND,
        )

    def start(self) -> None:
        self._drawn.start()

    def stop(self) -> None:
        self._drawn.stop()

    def begin(self, label: str) -> None:
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(label, total=None, step="")

    def step(self, label: str, text: str) -> None:
        self.begin(label)
        self._bars.update(self._tasks[label], step=text)

    def end(self, label: str) -> None:
        self._over += 1
        self._bars.update(self._all, description=self._counted())
        if label in self._tasks:
            self._bars.remove_task(self._tasks.pop(label))

    def say(self, text: str, *, err: bool = False) -> None:
        self.stop()
        click.echo(text, err=err)
        # A new one: started again, the old one would wipe away as many lines as it had drawn last.
        self._drawn = self._drawing()
        self.start()

    def _counted(self) -> str:
        return f"{self._over} of {self._total} runs"


@contextlib.contextmanager
def showing(total: int) -> Iterator[Progress]:
    """Progress while the block runs: drawn if stderr is a terminal that can move its cursor."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield Plain()
        return
    context = click.get_current_context(silent=True)
    live = Live(total, colors=context is None or context.color is not False)
    live.start()
    try:
        yield live
    finally:
        live.stop()
