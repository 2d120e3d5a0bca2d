"""JUnit XML as GitHub and GitLab read it."""

import xml.etree.ElementTree as ET

import pytest
from recorded import FILE, FINE, IDLE, LATE, STATIC, outcome

from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.report.junit import junit
from telnyx_simulator.report.outcome import not_run

OUTCOMES = [
    outcome(FINE, STATIC),
    outcome(FINE, IDLE, label="static[PCMU]"),
    outcome(LATE, label="late", file="scenarios/late.telnyx.yaml"),
    outcome(*not_run("--timeout: 5 s were over before"), label="never", file="scenarios/late.telnyx.yaml", trace=None),
]

# What each element may hold, in this order, and the attributes it must have (the common core of the JUnit dialects).
HOLDS = {
    "testsuites": ("testsuite",),
    "testsuite": ("testcase",),
    "testcase": ("properties", "failure", "error", "skipped", "system-out"),
    "properties": ("property",),
}
HAS = {
    "testsuites": {"tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time", "file", "line"},
    "property": {"name", "value"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}


def validated(text: str) -> ET.Element:
    """The document, its structure looked at."""
    root = ET.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        allowed = HOLDS.get(element.tag, ())
        places = [allowed.index(child.tag) for child in element]
        assert places == sorted(places)
        assert HAS.get(element.tag, set()) <= set(element.attrib), element.tag
    for element in [root, *root.iter("testsuite")]:
        assert int(element.attrib["tests"]) == len(list(element.iter("testcase")))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.attrib[attribute]) == len(list(element.iter(tag)))
    return root


def case(root: ET.Element, name: str) -> ET.Element:
    [found] = [one for one in root.iter("testcase") if one.attrib["name"] == name]
    return found


def test_a_suite_for_each_file_and_a_case_for_each_run() -> None:
    root = validated(junit(OUTCOMES, seconds=9.5))
    assert [suite.attrib["name"] for suite in root] == [FILE, "scenarios/late.telnyx.yaml"]
    assert root.attrib["time"] == "9.500"
    assert {name: root.attrib[name] for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }


def test_a_failure_says_what_we_say_and_where() -> None:
    failed = case(validated(junit(OUTCOMES, seconds=1)), "static[PCMA]")
    assert (failed.attrib["file"], failed.attrib["line"]) == (FILE, "10")
    assert failed.attrib["classname"] == "scenarios.audio.static"
    failure = failed.find("failure")
    assert failure is not None
    assert failure.text is not None
    assert failure.attrib["message"] == "script[3].expect: A-law decoded as mu-law"
    assert "  again    telnyx-sim run it -k x" in failure.text
    properties = {one.attrib["name"]: one.attrib["value"] for one in failed.iter("property")}
    assert properties == {"seed": "7", "trace": "out/static/trace"}


def test_a_pass_points_to_its_script_and_tells_what_was_not_exercised() -> None:
    passed = case(validated(junit(OUTCOMES, seconds=1)), "static[PCMU]")
    assert passed.attrib["line"] == "5"
    assert passed.findtext("system-out") == "not exercised: sound_clean: nothing was heard"


@pytest.mark.parametrize(("strict", "tag"), [(False, "skipped"), (True, "failure")])
def test_what_never_ran_is_skipped_with_the_reason_unless_strict(strict: bool, tag: str) -> None:
    root = validated(junit(OUTCOMES, seconds=1, strict=strict))
    found = case(root, "never").find(tag)
    assert found is not None
    assert "--timeout: 5 s were over before" in found.attrib["message"]
    assert case(root, "late").find("error") is not None


def test_characters_that_xml_has_no_place_for_are_written_out() -> None:
    nasty = Finding(id="x", verdict=Verdict.FAIL, expected="<&>\"'", actual="a\x00b\x1b[31m\ud800\ufffe]]>")
    root = validated(junit([outcome(nasty, label="l\x01")], seconds=1))
    [failure] = root.iter("failure")
    assert failure.attrib["message"] == "x: a\\u0000b\\u001b[31m\\ud800\\ufffe]]>"
    assert failure.text is not None
    assert "<&>\"'" in failure.text


def test_what_belongs_to_no_run_has_a_suite_of_its_own() -> None:
    text = junit([outcome(STATIC, label="between_runs", file="")], seconds=1)
    root = ET.fromstring(text)
    assert root[0].attrib["name"] == "between runs"
    assert root[0][0].attrib["classname"] == "telnyx-sim"


def test_no_run_at_all_is_still_a_document() -> None:
    assert validated(junit([], seconds=0)).attrib["tests"] == "0"
