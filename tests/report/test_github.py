"""What GitHub Actions shows: annotations on the scenario's lines, and the job's summary."""

from pathlib import Path

import pytest
from recorded import FILE, FINE, IDLE, LATE, STATIC, outcome

from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.report.github import annotations, step_summary

HERE = Path("/home/runner/work/project/project")


def test_a_failure_is_an_error_on_its_line() -> None:
    [line] = annotations([outcome(FINE, STATIC, IDLE)], here=HERE, workspace=HERE)
    assert line == (
        f"::error file={FILE},line=10,col=13,title=static[PCMA]%3A script[3].expect::"
        "wanted heard speech/en-1 within 2 s%0A"
        "found A-law decoded as mu-law%0A"
        "pcma_decoded_as_pcmu: the application decodes PCMU; read `start.media_format.encoding` and decode what "
        "Telnyx announces%0A"
        "again telnyx-sim run it -k x"
    )


def test_a_finding_without_a_place_points_to_the_script_and_inconclusive_is_a_warning() -> None:
    [line] = annotations([outcome(LATE)], here=HERE, workspace=HERE)
    assert line.startswith(f"::warning file={FILE},line=5,col=1,title=static[PCMA]%3A expect[0]::")


def test_passes_and_what_was_not_exercised_are_not_annotated() -> None:
    assert annotations([outcome(FINE, IDLE), outcome(IDLE)], here=HERE, workspace=HERE) == []


@pytest.mark.parametrize(
    ("here", "file", "shown"),
    [
        (HERE, FILE, FILE),
        (HERE / "agents/phone", "a.telnyx.yaml", "agents/phone/a.telnyx.yaml"),
        (HERE / "agents", "../a.telnyx.yaml", "a.telnyx.yaml"),
        (Path("/elsewhere"), "a.telnyx.yaml", "a.telnyx.yaml"),
    ],
)
def test_files_are_named_as_the_repository_has_them(here: Path, file: str, shown: str) -> None:
    finding = Finding(id="x", verdict=Verdict.FAIL, expected="a", actual="b", place=Place(file, 1, 1))
    [line] = annotations([outcome(finding, file=file)], here=here, workspace=HERE)
    assert line.startswith(f"::error file={shown},line=1,")


def test_nothing_that_an_application_says_can_end_an_annotation_or_begin_another() -> None:
    nasty = "50%\r\n::error file=a,line=1::b"
    finding = Finding(id="a,b:c", verdict=Verdict.FAIL, expected="x", actual=nasty)
    [line] = annotations([outcome(finding, again=None)], here=HERE, workspace=None)
    assert line.endswith("title=static[PCMA]%3A a%2Cb%3Ac::wanted x%0Afound 50%25%0D%0A::error file=a,line=1::b")
    assert "\n" not in line


def test_the_summary_begins_with_what_is_amiss() -> None:
    outcomes = [outcome(FINE, label="good"), outcome(IDLE, label="idle"), outcome(LATE, label="late"), outcome(STATIC)]
    lines = step_summary(outcomes, seconds=9, seed=7).splitlines()
    assert lines[:10] == [
        "### telnyx-sim",
        "",
        "4 runs: 1 passed, 1 failed, 1 inconclusive, 1 not exercised in 9.0 s, seed 7",
        "",
        "| run | verdict | time | found |",
        "|---|---|---|---|",
        "| static\\[PCMA\\] | **FAILED** | 2.5 s | script\\[3\\].expect: A-law decoded as mu-law |",
        "| late | *inconclusive* | 2.5 s | expect\\[0\\]: we were late ourselves |",
        "| idle | not exercised | 2.5 s | sound\\_clean: nothing was heard |",
        "| good | passed | 2.5 s |  |",
    ]
    assert "<details><summary>static[PCMA]</summary>" in lines
    assert "  again    telnyx-sim run it -k x" in lines


def test_nothing_that_an_application_says_breaks_the_table_or_the_text() -> None:
    nasty = "a|b\n```\n<img src=x>`c` \\"
    finding = Finding(id="x", verdict=Verdict.FAIL, expected="y", actual=nasty)
    text = step_summary([outcome(finding, label="<b>")], seconds=1, seed=1)
    row = next(line for line in text.splitlines() if line.startswith("| &lt;b&gt;"))
    assert row.endswith("| x: a\\|b \\`\\`\\` &lt;img src=x&gt;\\`c\\` \\\\ |")
    assert "<summary>&lt;b&gt;</summary>" in text
    assert text.count("````") == 2  # a fence longer than any within


def test_a_summary_of_very_many_runs_stays_within_what_github_takes() -> None:
    text = step_summary([outcome(STATIC, label=f"run {n}") for n in range(5000)], seconds=1, seed=1)
    assert len(text.encode()) < 500_000
    assert "| and 4500 more | | | |" in text
