"""Exit codes: what they mean, and which one a set of verdicts comes to."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from telnyx_simulator.checks.findings import Verdict

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_OURS, EXIT_NEVER_READY = 0, 1, 2, 3, 4
EXIT_NOTHING_MATCHED, EXIT_INCONCLUSIVE, EXIT_INTERRUPTED = 5, 6, 130

MEANINGS: Final = {
    EXIT_OK: "something was exercised and nothing failed",
    EXIT_FAILED: "a failure, or nothing was exercised, or --timeout came first",
    EXIT_USAGE: "usage, or a mistake in a scenario or profile",
    EXIT_OURS: "an error of ours, or of this machine (a full disk)",
    EXIT_NEVER_READY: "the application, or a running server, was not there",
    EXIT_NOTHING_MATCHED: "nothing matched",
    EXIT_INCONCLUSIVE: "no failure, but something was inconclusive",
    EXIT_INTERRUPTED: "interrupted",
}

# `\b` keeps click from filling the lines into a paragraph.
EPILOG: Final = "\b\nExit codes:\n" + "\n".join(f"  {code:<4} {meaning}" for code, meaning in MEANINGS.items())


def exit_code(verdicts: "Iterable[Verdict]", *, strict: bool = False) -> int:
    """`strict`: what was not exercised, or is inconclusive, counts as a failure."""
    words = {verdict.value for verdict in verdicts}
    if "fail" in words or (strict and words != {"pass"}):
        return EXIT_FAILED
    if "inconclusive" in words:
        return EXIT_INCONCLUSIVE
    return EXIT_OK if "pass" in words else EXIT_FAILED
