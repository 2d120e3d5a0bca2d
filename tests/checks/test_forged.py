"""Nothing came of a forgery: what that says, by what came of the genuine one; and which forgery an effect came of."""

from pathlib import Path

import pytest
from traces import LEG, HandWritten, expects

from telnyx_simulator.checks.answers import Window
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.script import absent

SECOND_NS = 1_000_000_000
EVENT = "call.initiated"
FORGED = {"extra": True, "genuine": False, "signature": "hex", "timestamp_ns": 0, "url": "http://127.0.0.1:1/hook"}


def forged(folder: Path, status: int | None = 403, *, observes_status: bool = True) -> HandWritten:
    """A call that rings; at 1 s a forgery was answered, and nothing came of it for a second."""
    written = HandWritten(folder, observes_status=observes_status).person("Caller").leg(0.1, "parked")
    return written.webhook(1, EVENT, status, **FORGED)


def judged(written: HandWritten) -> Finding:
    expectation = expects(Subject.EFFECT, "any", for_ns=SECOND_NS)
    window = Window(opens_seq=2, opens_ns=SECOND_NS // 2, moment_ns=SECOND_NS // 2, closes_ns=2 * SECOND_NS)
    return absent("script[2].absent", expectation, window, written.record(), written.ears(), over=True)


def test_nothing_came_of_the_forgery_and_the_genuine_one_was_acted_on(tmp_path: Path) -> None:
    assert judged(forged(tmp_path).webhook(3, EVENT).command(3.1, "answer")).verdict is Verdict.PASS
    assert judged(forged(tmp_path, 200).webhook(3, EVENT).command(3.1, "answer")).verdict is Verdict.PASS


def test_a_refusal_where_the_genuine_one_is_taken_is_enough_though_nothing_shows(tmp_path: Path) -> None:
    assert judged(forged(tmp_path, observes_status=False).webhook(3, EVENT)).verdict is Verdict.PASS


@pytest.mark.parametrize("reply", [403, 200])
def test_where_the_genuine_one_has_no_effect_either_nothing_is_known(tmp_path: Path, reply: int) -> None:
    finding = judged(forged(tmp_path, reply).webhook(3, EVENT, reply))
    assert finding.verdict is Verdict.NOT_EXERCISED
    assert finding.actual == "the genuine call.initiated that came later had no effect either"


def test_what_happens_long_after_the_genuine_one_is_no_effect_of_it(tmp_path: Path) -> None:
    assert judged(forged(tmp_path).webhook(3, EVENT, 403).command(30, "hangup")).verdict is Verdict.NOT_EXERCISED


def test_without_a_status_and_with_an_acknowledgement_nothing_would_show(tmp_path: Path) -> None:
    finding = judged(forged(tmp_path, 200, observes_status=False))
    assert finding.verdict is Verdict.NOT_EXERCISED
    assert "nothing shows what came of it; add `status:` to the profile" in finding.actual


def test_a_forgery_without_a_reply_never_came(tmp_path: Path) -> None:
    assert judged(forged(tmp_path, None).webhook(3, EVENT).command(3.1, "answer")).verdict is Verdict.INCONCLUSIVE


def test_an_effect_names_the_forgery_and_the_url_that_it_came_of(tmp_path: Path) -> None:
    """One that was acknowledged goes before one that was refused later."""
    other = FORGED | {"signature": "none", "url": "http://127.0.0.1:1/other"}
    written = forged(tmp_path, 200).webhook(1.2, EVENT, 403, **other).command(1.3, "answer")
    finding = judged(written)
    assert finding.verdict is Verdict.FAIL
    told = "answer -> 200, 350 ms after the forgery 'hex' was sent to http://127.0.0.1:1/hook (200)"
    assert (finding.actual, finding.call) == (told, LEG)


def test_an_effect_of_another_time_names_the_offset(tmp_path: Path) -> None:
    stale = FORGED | {"signature": "genuine", "timestamp_ns": -301 * SECOND_NS}
    written = HandWritten(tmp_path).person("Caller").leg(0.1, "parked").webhook(1, EVENT, 200, **stale)
    assert "50 ms after the forgery 'timestamp: -301s'" in judged(written.command(1, "answer")).actual
