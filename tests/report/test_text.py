"""Failure text: where, measured against wanted, the fault and what to look at, and the command to repeat it."""

from pathlib import Path

from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.checks.findings import FAULT_TEXTS, Fault, Finding, Verdict
from telnyx_simulator.report.text import failure_text, run_line, summary

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
        "FAIL static.telnyx.yaml:10:13  static[PCMA]  script[3].expect",
        "   10 |   - expect: {heard: speech/en-1, within: 2s}",
        "      |             ^",
        "  wanted   heard speech/en-1 within 2 s",
        "  found    A-law decoded as mu-law  (at 3.30 s)",
        "  fault    pcma_decoded_as_pcmu: A-law decoded as mu-law",
        "  advice   the application decodes PCMU; read `start.media_format.encoding` and decode what Telnyx announces",
        "  evidence SNR 2.5 dB as declared -> SNR 35.0 dB",
        "  trace    t/trace",
        "  again    telnyx-sim run it --seed 7",
    ]


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
    assert "found    a\\x1b[2Jb\\u202ec\\x07" in text
