"""The heat map of statuses: what was seen, what was wrong, and what was never seen."""

from typing import Any

from telnyx_simulator.checks.call_ends import CallEnd
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.facts.call_endings import CALL_ENDINGS
from telnyx_simulator.report.status_matrix import StatusMatrix, status_html, status_text

MAP = {"ringing": ["ringing"], "answered": ["up"], "normal_clearing": ["done"], "user_busy/outgoing": ["busy"]}


def end(cause: str, word: str, verdict: Verdict = Verdict.PASS, **more: Any) -> CallEnd:
    about: dict[str, Any] = {
        "run": "some",
        "direction": "outgoing",
        "answered": False,
        "is_known": True,
        "source": "callee",
        "amd": None,
        "reached": (),
    }
    return CallEnd(cause=cause, word=word, verdict=verdict, **(about | more))


def test_a_cell_shows_the_word_and_its_verdict() -> None:
    seen = [
        end("user_busy", "busy", reached=("ringing", "user_busy/outgoing")),
        end("user_busy", "done", Verdict.FAIL, source="unknown", run="other"),
        end("time_limit", "done", answered=True, source="unknown", amd="machine", unmapped=True),
        end("<odd>", "done", Verdict.FAIL, is_known=False),
    ]
    matrix = StatusMatrix.of(seen, MAP)
    text = {line.split()[0]: line.split()[1:] for line in status_text(matrix).splitlines()[1:11]}
    assert text["user_busy"] == ["-", ".", "done,", "busy!", ".", "."]
    assert text["time_limit"] == [".", "-", ".", "-", "done"]
    assert text["<odd>"] == [".", ".", "done!", ".", "."]
    assert matrix.unmapped == ["time_limit"]
    assert matrix.unreached == ["answered", "normal_clearing"]
    page = status_html(matrix)
    assert "&lt;odd&gt;" in page
    assert 'title="other; some"' in page


def test_coverage_counts_each_ending_with_each_source() -> None:
    all_of_them = [
        end(one.cause, "word", direction=one.direction, answered=one.answered, source=source)
        for one in CALL_ENDINGS
        for source in one.sources
    ]
    assert StatusMatrix.of(all_of_them, MAP).coverage == 1
    assert StatusMatrix.of([], MAP).coverage == 0
    unjudged = end("user_busy", "busy", Verdict.NOT_EXERCISED)
    without = [
        one for one in all_of_them if (one.cause, one.direction, one.source) != ("user_busy", "outgoing", "callee")
    ]
    assert StatusMatrix.of([*without, unjudged], MAP).unseen == ["outgoing, unanswered: user_busy (callee)"]
