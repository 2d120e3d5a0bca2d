"""Failure text: where, measured against wanted, the fault and what to look at, and the command to repeat it."""

from pathlib import Path

import pytest

from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.checks.findings import FAULT_TEXTS, Fault, Finding, Verdict
from telnyx_simulator.report.text import failure_text, finding_block, run_line, summary

STATIC = Finding(
    id="script[3].expect",
    verdict=Verdict.FAIL,
    expected="heard speech/en-1 within 2 s",
    actual="A-law decoded as mu-law",
    place=Place("static.telnyx.yaml", 10, 13, "  - expect: {heard: speech/en-1, within: 2s}"),
    fault=Fault.PCMA_DECODED_AS_PCMU,
    evidence="SNR 2.5 dB as declared -> SNR 35.0 dB",
    at_s=3.3,
)
FINE = Finding(id="legs_ended", verdict=Verdict.PASS, expected="no leg is left", actual="none")


def test_a_failure_says_everything_and_a_pass_nothing() -> None:
    text = failure_text("static[PCMA]", [STATIC, FINE], trace=Path("t/trace"), repeat="telnyx-sim run it --seed 7")
    assert text.splitlines() == [
        "static.telnyx.yaml:10:13 expected heard speech/en-1 within 2 s; A-law decoded as mu-law",
        "   10 |   - expect: {heard: speech/en-1, within: 2s}",
        "      |             ^",
        "  FAIL     static[PCMA]  script[3].expect  at 3.30 s",
        "  measured SNR 2.5 dB as declared -> SNR 35.0 dB",
        "  wanted   SNR of 25 dB or better, gain within 3 dB, no gap of 5 ms or more",
        "  cause    pcma_decoded_as_pcmu: A-law decoded as mu-law",
        "  advice   the application decodes PCMU; read `start.media_format.encoding` and decode what Telnyx announces",
        "  listen   what was heard, from 3.3 s of the run on",
        "  trace    t/trace",
        "  again    telnyx-sim run it --seed 7",
    ]


def at(line: int, **finding: str) -> Finding:
    return Finding(verdict=Verdict.FAIL, place=Place("menu.telnyx.yaml", line, 5), **finding)


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (
            at(
                9,
                id="script[8].play",
                expected="play is possible",
                actual="the call had ended 0.4 s before (normal_clearing, by the application)",
            ),
            "menu.telnyx.yaml:9:5 play: the call had ended 0.4 s before (normal_clearing, by the application)",
        ),
        (
            at(
                8,
                id="script[7].expect",
                expected="record_start",
                actual="it came 50 ms before 'play' began: put the expectation first",
            ),
            "menu.telnyx.yaml:8:5 expected record_start; it came 50 ms before 'play' began: put the expectation first",
        ),
        (
            at(2, id="absent[0]", expected="no effect for 2 s", actual="hangup -> 200"),
            "menu.telnyx.yaml:2:5 expected no effect for 2 s; hangup -> 200",
        ),
        (
            Finding(id="legs_ended", verdict=Verdict.FAIL, expected="no leg is left", actual="left: 1 legs"),
            "legs_ended: no leg is left; left: 1 legs",
        ),
    ],
)
def test_the_first_line_of_a_finding_is_a_sentence_with_its_place(finding: Finding, text: str) -> None:
    """As the language's page has them, section 5."""
    assert finding_block(finding, name="menu").splitlines()[0] == text


def test_the_last_line_counts_what_there_was() -> None:
    assert summary([Verdict.PASS, Verdict.FAIL, Verdict.PASS], 4.25) == "3 runs: 2 passed, 1 failed in 4.2 s"
    assert summary([Verdict.NOT_EXERCISED], 0.1) == "1 run: 1 not exercised in 0.1 s"


def test_a_run_of_nothing_is_not_green() -> None:
    nothing = Finding(id="sound_clean", verdict=Verdict.NOT_EXERCISED, expected="clean", actual="nothing was heard")
    assert "not exercised" in run_line("some", [nothing], 1.0)
    assert " ok " not in run_line("some", [nothing], 1.0)


def test_every_fault_has_its_sentence_and_its_advice() -> None:
    assert set(FAULT_TEXTS) == set(Fault)


def test_a_failed_call_says_where_to_hear_and_see_it() -> None:
    text = failure_text(
        "static[PCMA]",
        [STATIC],
        trace=Path("t/trace"),
        repeat="telnyx-sim run it",
        hear=[Path("t/call-Caller.wav")],
        see=Path("t/ladder.txt"),
    )
    assert text.splitlines()[-4:] == [
        "  hear it  t/call-Caller.wav",
        "  see it   t/ladder.txt",
        "  trace    t/trace",
        "  again    telnyx-sim run it",
    ]


def test_nothing_that_an_application_says_moves_the_cursor() -> None:
    finding = Finding(id="x", verdict=Verdict.FAIL, expected="y", actual="a\x1b[2Jb\u202ec\x07")
    text = failure_text("n", [finding], trace=None, repeat=None)
    assert "y; a\\x1b[2Jb\\u202ec\\x07" in text
