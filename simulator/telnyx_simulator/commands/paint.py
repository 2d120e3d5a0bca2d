"""Colors of verdicts on a terminal; click leaves them out where there is none."""

import re
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from telnyx_simulator.checks.findings import Verdict

_COLORS: Final = {"pass": "green", "fail": "red", "inconclusive": "yellow", "not_exercised": "cyan"}
_FIRST: Final = re.compile(r"(?<=^  )(FAIL|inconclusive)(?= )", re.MULTILINE)


def paint(verdict: "Verdict", text: str) -> str:
    return click.style(text, fg=_COLORS[verdict.value], bold=verdict.value == "fail")


def painted(text: str) -> str:
    """A failure text with the verdict of each of its findings in color."""
    return _FIRST.sub(
        lambda found: click.style(found[0], fg="red" if found[0] == "FAIL" else "yellow", bold=True), text
    )
