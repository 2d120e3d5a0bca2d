"""One scorecard in every form: what people read, what machines read, and a badge."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from cards import catalogue, judged, proof, requirement, run

from telnyx_simulator.commands.card_text import card_text
from telnyx_simulator.conformance.badge import badge_markdown, badge_svg
from telnyx_simulator.conformance.baseline import BaselineError, compared, load, updated
from telnyx_simulator.conformance.card_json import card_json
from telnyx_simulator.conformance.card_junit import card_junit
from telnyx_simulator.conformance.card_markdown import card_markdown
from telnyx_simulator.conformance.catalogue import Level
from telnyx_simulator.conformance.folding import folded
from telnyx_simulator.conformance.grade import GRADES, grade
from telnyx_simulator.conformance.page import card_page
from telnyx_simulator.conformance.scorecard import Scorecard, unnamed

CALL = "calls/a_call"
REQUIREMENTS = (
    requirement("life.answers", proof(CALL, "script[1].expect"), control=True),
    requirement("life.calm", proof(CALL, "expect[0]"), level=Level.SHOULD),
    requirement("life.nice", proof(CALL, "expect[1]"), level=Level.MAY),
    requirement("sign.forged", proof("security/forged", "absent[0]")),
    requirement("sign.stale", proof("security/stale", "absent[0]")),
    requirement("sign.slow", proof("security/slow", "absent[0]")),
)
HOSTILE = "<script>alert(1)</script>\x1b[2J & more"


def card(*, known: dict[str, str] | None = None, forged: str = "fail", control: str = "ok") -> Scorecard:
    """A control that passes, a SHOULD and a MAY that fail, a MUST that fails, and two that are not exercised."""
    found = catalogue(*REQUIREMENTS)
    played = {
        CALL: [
            run(f"script[1].expect {control}, expect[0] fail, expect[1] fail, sound_clean fail", label="a_call[<b>]")
        ],
        "security/forged": [run(f"absent[0] {forged}", label="forged", trace=Path("out/forged/trace"))],
        "security/stale": [run("requires idle", label="stale")],
    }
    left_out = {"security/slow": "security/slow takes long; --thorough runs it"}
    all_judged = folded(REQUIREMENTS, played, left_out=left_out)
    return Scorecard(
        application=f"an application {HOSTILE}",
        seed=7,
        seconds=12.5,
        judged=all_judged,
        families=found.families,
        grade=grade(all_judged),
        outcomes=tuple(outcome for outcomes in played.values() for outcome in outcomes),
        unnamed=tuple(unnamed(found, played)),
        rest_calls=3,
        again="telnyx-sim conformance --sut sut.yaml --seed 7",
        baseline=None if known is None else compared(all_judged, known, [one.id for one in REQUIREMENTS]),
    )


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# --- for people ------------------------------------------------------------------------------------------------------


def test_the_text_tells_what_is_amiss_then_the_families_the_grade_and_what_to_fix_first() -> None:
    text = plain(card_text(card()))
    lines = text.splitlines()
    assert lines[0] == "FAIL           MUST    sign.forged"
    assert [line.split()[1:3] for line in lines if line.startswith("FAIL ")] == [
        ["MUST", "sign.forged"],
        ["SHOULD", "life.calm"],
        ["MAY", "life.nice"],
    ]
    assert "It does sign.forged." in lines[1]
    assert "expected absent[0] holds; absent[0] was fail" in lines[2]
    assert "   1  requires was idle  [sign.stale]" in lines
    assert "   1  security/slow takes long; --thorough runs it  [sign.slow]" in lines
    table = [line.split() for line in lines if line.split()[:1] in (["Life"], ["Sign"], ["all"])][:3]
    assert table == [["Life", "1", "2", ".", "."], ["Sign", ".", "1", ".", "2"], ["all", "1", "3", "0", "2"]]
    assert "Grade D: 1 of 2 MUST not passed" in lines
    first = lines.index("First thing to fix: sign.forged")
    told = "\n".join(lines[first:])
    assert "It does sign.forged. (MUST)" in told
    assert "why     somebody did not" in told
    assert "all of it again: telnyx-sim conformance --sut sut.yaml --seed 7 sign.forged" in told
    assert "  trace    out/forged/trace" in told
    assert "  again    telnyx-sim run scenarios/calls/forged.telnyx.yaml --seed 7" in told
    assert "1 finding beside that did not pass and decided nothing: a_call[<b>] sound_clean" in told
    assert max(map(len, lines)) <= 130


def test_where_all_passes_there_is_nothing_to_fix() -> None:
    found = (judged("life.answers", "ok", control=True),)
    right = Scorecard(
        application="x",
        seed=1,
        seconds=1.0,
        judged=found,
        families=catalogue(found[0].requirement).families,
        grade=grade(found),
        outcomes=(),
        unnamed=(),
        rest_calls=1,
        again="again",
    )
    text = plain(card_text(right))
    assert "Grade A" in text
    assert "fix" not in text
    assert "First thing" not in card_page(right)


def test_a_positive_control_is_what_is_to_be_fixed_first() -> None:
    found = card(control="fail").first_to_fix
    assert found is not None
    assert found.requirement.id == "life.answers"


def test_the_page_shows_all_loads_nothing_and_escapes_what_applications_say() -> None:
    page = card_page(card())
    assert "<script" not in page
    assert "\x1b" not in page
    assert "a_call[&lt;b&gt;]" in page
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!#)", page)
    assert "url(" not in page
    assert "default-src 'none'" in page
    for one in REQUIREMENTS:
        assert f'id="{one.id}"' in page
    assert page.count("<details open") == 3
    assert "security/slow takes long" in page


@pytest.mark.parametrize("letter", GRADES)
def test_the_badge_is_a_picture_with_the_letter(letter: str) -> None:
    root = ET.fromstring(badge_svg(letter))
    word = "no grade" if letter == "-" else letter
    assert [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")] == ["telnyx conformance", word]
    assert badge_markdown(letter, Path("docs/b.svg")) == f"![telnyx conformance: {word}](docs/b.svg)"


def test_the_summary_of_a_job_has_the_grade_and_what_does_not_pass() -> None:
    text = card_markdown(card())
    assert "<script" not in text
    assert "| Life | 1 | 2 | 0 | 0 |" in text
    assert "| FAIL | MUST | `sign.forged` It does sign.forged. | expected absent\\[0\\] holds" in text


# --- for machines ----------------------------------------------------------------------------------------------------


def test_the_json_has_every_requirement_with_what_decided_it() -> None:
    found = json.loads(json.dumps(card_json(card())))
    assert found["grade"]["letter"] == "D"
    assert found["summary"]["MUST"] == {"pass": 1, "fail": 1, "inconclusive": 0, "not_exercised": 2}
    assert [one["family"] for one in found["families"]] == ["life", "sign"]
    by_id = {one["id"]: one for one in found["requirements"]}
    assert {key: one["verdict"] for key, one in by_id.items()} == {
        "life.answers": "pass",
        "life.calm": "fail",
        "life.nice": "fail",
        "sign.forged": "fail",
        "sign.stale": "not_exercised",
        "sign.slow": "not_exercised",
    }
    (decisive,) = by_id["sign.forged"]["findings"]
    assert (decisive["scenario"], decisive["id"], decisive["trace"]) == ("forged", "absent[0]", "out/forged/trace")
    assert len(found["runs"]) == 3
    assert found["unnamed"][0]["id"] == "sound_clean"


def test_junit_has_a_case_for_each_requirement_and_fails_for_what_fails_the_build() -> None:
    root = ET.fromstring(card_junit(card(known={"life.calm": "known"})))
    cases = {f"{one.get('classname')}.{one.get('name')}": one for one in root.iter("testcase")}
    assert list(cases) == [f"conformance.{one.id}" for one in REQUIREMENTS]
    tags = {name: [child.tag for child in case if child.tag != "properties"] for name, case in cases.items()}
    assert tags == {
        "conformance.life.answers": [],
        "conformance.life.calm": ["skipped"],
        "conformance.life.nice": ["skipped"],
        "conformance.sign.forged": ["failure"],
        "conformance.sign.stale": ["skipped"],
        "conformance.sign.slow": ["skipped"],
    }
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("6", "1", "4")


# --- the baseline ----------------------------------------------------------------------------------------------------


def test_what_is_known_is_no_regression_and_what_passes_now_is_told() -> None:
    known = {"sign.forged": "so it was", "life.answers": "once", "old.gone": "long ago"}
    found = card(known=known)
    assert found.baseline is not None
    assert [one.requirement.id for one in found.baseline.regressions] == ["life.calm"]
    assert [one.requirement.id for one in found.baseline.known] == ["sign.forged"]
    assert found.first_to_fix is found.baseline.regressions[0]
    text = plain(card_text(found))
    assert "known          MUST    sign.forged" in text
    assert "against the baseline: 1 regression, 1 known failure" in text
    assert "passes now  life.answers; --baseline-update takes it out" in text
    assert "gone        old.gone" in text


def test_a_baseline_is_written_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    ids = [one.id for one in REQUIREMENTS]
    known = {"sign.stale": "not this time", "life.answers": "passes now", "old.gone": "x"}
    file.write_text(updated(card().judged, known, ids))
    assert load(file) == {
        "life.calm": "expected expect[0] holds; expect[0] was fail",
        "sign.forged": "expected absent[0] holds; absent[0] was fail",
        "sign.stale": "not this time",
    }
    assert not compared(card().judged, load(file), ids).regressions


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2, "failing": {}}', '{"schema": 1, "failing": []}'])
def test_what_is_no_baseline_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(BaselineError, match=r"b\.json"):
        load(tmp_path / "b.json")
    with pytest.raises(BaselineError, match="--baseline-update writes it"):
        load(tmp_path / "nowhere.json")
