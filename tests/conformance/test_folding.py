"""Findings to verdicts: the worst decides, what was not reached decides nothing, and each thing fails for itself."""

import pytest
from cards import proof, requirement, run

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.conformance.catalogue import Proof
from telnyx_simulator.conformance.folding import Judged, folded
from telnyx_simulator.report.outcome import Outcome

CALL = "calls/a_call"


def verdict(proofs: list[Proof], *runs: Outcome) -> str:
    return one(proofs, *runs).verdict.value


def one(proofs: list[Proof], *runs: Outcome) -> Judged:
    (found,) = folded([requirement("calls.x", *proofs)], {CALL: list(runs)} if runs else {})
    return found


@pytest.mark.parametrize(
    ("findings", "wanted"),
    [
        ("expect[0] ok", "pass"),
        ("expect[0] ok, status_mapped fail", "pass"),
        ("expect[0] fail", "fail"),
        ("expect[0] unsure", "inconclusive"),
        ("expect[0] idle", "not_exercised"),
        ("status_mapped fail", "not_exercised"),
    ],
)
def test_a_finding_decides_the_requirement_that_names_it(findings: str, wanted: str) -> None:
    assert verdict([proof(CALL, "expect[0]")], run(findings)) == wanted


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["ok", "ok"], "pass"),
        (["ok", "idle"], "not_exercised"),
        (["ok", "unsure", "idle"], "inconclusive"),
        (["ok", "unsure", "idle", "fail"], "fail"),
    ],
)
def test_of_several_findings_the_worst_decides(words: list[str], wanted: str) -> None:
    findings = ", ".join(f"expect[{n}] {word}" for n, word in enumerate(words))
    assert verdict([proof(CALL, "expect[*]")], run(findings)) == wanted
    rows = [run(f"expect[0] {word}", label=f"a_call[{n}]") for n, word in enumerate(words)]
    assert verdict([proof(CALL, "expect[0]")], *rows) == wanted


def test_who_never_answers_fails_that_and_not_everything_after_it() -> None:
    missed = run("script[1].expect fail, script[3].expect idle, expect[0] fail, absent[0] ok, status_mapped ok")
    assert verdict([proof(CALL, "script[1].expect")], missed) == "fail"
    assert verdict([proof(CALL, "script[3].expect")], missed) == "not_exercised"
    assert verdict([proof(CALL, "expect[0]")], missed) == "not_exercised"
    assert verdict([proof(CALL, "absent[0]")], missed) == "not_exercised"
    assert verdict([proof(CALL, "status_mapped")], missed) == "pass"
    assert verdict([proof(CALL, "script[1].expect", "expect[0]")], missed) == "fail"


def test_it_is_told_which_step_was_missed_before() -> None:
    missed = run("script[1].expect fail, script[3].expect idle, expect[0] fail")
    told = "script[1].expect was missed before: expected script[1].expect holds; script[1].expect was fail"
    assert one([proof(CALL, "expect[0]")], missed).told == told
    assert one([proof(CALL, "script[3].expect")], missed).told == told


def test_what_must_not_happen_and_did_stays_true_however_the_script_ended() -> None:
    assert verdict([proof(CALL, "absent[0]")], run("script[1].expect fail, absent[0] fail")) == "fail"


def test_a_step_that_could_not_be_done_decides_where_it_is_named() -> None:
    failed = run("script[2].answer fail, script[3].expect idle")
    assert verdict([proof(CALL, "script[2].answer", "script[3].expect")], failed) == "fail"
    assert verdict([proof(CALL, "script[3].expect")], failed) == "not_exercised"
    assert verdict([proof(CALL, "script[2].answer", "script[3].expect")], run("script[3].expect ok")) == "pass"


def test_rows_that_the_application_cannot_take_are_left_out() -> None:
    without = run("requires idle", label="a_call[G722]")
    assert verdict([proof(CALL, "expect[0]")], run("expect[0] ok"), without) == "pass"
    assert verdict([proof(CALL, "expect[0]")], run("expect[0] fail"), without) == "fail"
    alone = one([proof(CALL, "expect[0]")], without)
    assert (alone.verdict, alone.told) == (Verdict.NOT_EXERCISED, "requires was idle")


def test_a_standing_check_with_nothing_to_look_at_is_left_out_beside_others() -> None:
    named = [proof(CALL, "script[1].expect", "status_mapped")]
    assert verdict(named, run("script[1].expect ok, status_mapped idle")) == "pass"
    assert verdict([proof(CALL, "status_mapped")], run("script[1].expect ok, status_mapped idle")) == "not_exercised"


def test_what_did_not_come_to_its_end_is_no_pass() -> None:
    assert verdict([proof(CALL, "expect[0]")], run("expect[0] ok, run unsure")) == "inconclusive"


def test_a_proof_by_every_run_looks_at_all_of_them() -> None:
    every = requirement("calls.every", proof("*", "status_mapped"))

    def of(*findings: str, between: str = "") -> str:
        played = {f"calls/{n}": [run(one)] for n, one in enumerate(findings)}
        (found,) = folded([every], played, between=[run(between)] if between else [])
        return found.verdict.value

    assert of("status_mapped ok", "status_mapped idle") == "pass"
    assert of("status_mapped ok", "status_mapped fail") == "fail"
    assert of("status_mapped ok", between="status_mapped fail") == "fail"
    assert of("status_mapped idle") == "not_exercised"
    assert of() == "not_exercised"


def test_a_scenario_that_was_left_out_says_how_it_would_be_run() -> None:
    left_out = {CALL: "it takes long; --thorough runs it"}
    both = requirement("calls.both", proof(CALL, "expect[0]"), proof("calls/another", "expect[0]"))
    alone = requirement("calls.alone", proof(CALL, "expect[0]"))
    found = folded([both, alone], {"calls/another": [run("expect[0] ok")]}, left_out=left_out)
    assert [(one.verdict.value, one.told) for one in found] == [
        ("pass", ""),
        ("not_exercised", "it takes long; --thorough runs it"),
    ]
