"""JUnit XML as GitHub, GitLab and Jenkins read it: a suite for each file, a case for each run."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Final

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.report.outcome import Outcome
from telnyx_simulator.report.text import outcome_text

# What XML 1.0 has no place for, not even escaped (https://www.w3.org/TR/xml/#charsets).
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(outcomes: Sequence[Outcome], *, seconds: float, strict: bool = False) -> str:
    """The whole document. Failed is `failure`, inconclusive `error`, not exercised `skipped` (`strict`: `failure`)."""
    root = ET.Element("testsuites", name="telnyx-sim")
    for file in dict.fromkeys(outcome.file for outcome in outcomes):
        suite = ET.SubElement(root, "testsuite", name=xml_text(file or "between runs"))
        own = [outcome for outcome in outcomes if outcome.file == file]
        for outcome in own:
            suite.append(_case(outcome, strict=strict))
        count_cases(suite, sum(outcome.seconds for outcome in own))
    return document(root, seconds)


def document(root: ET.Element, seconds: float) -> str:
    """Suites as a whole document."""
    count_cases(root, seconds)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(outcome: Outcome, *, strict: bool) -> ET.Element:
    classname = re.sub(r"\.telnyx\.yaml$", "", outcome.file).replace("/", ".") or "telnyx-sim"
    case = ET.Element(
        "testcase", name=xml_text(outcome.label), classname=xml_text(classname), time=f"{outcome.seconds:.3f}"
    )
    if outcome.place:
        case.set("file", xml_text(outcome.place.file))
        case.set("line", str(outcome.place.line))
    properties = ET.SubElement(case, "properties")
    told = [("seed", str(outcome.seed)), *(("requirement", name) for name in outcome.requirement)]
    told += [("trace", str(outcome.trace))] if outcome.trace else []
    for name, value in told:
        ET.SubElement(properties, "property", name=name, value=xml_text(value))
    if outcome.verdict is not Verdict.PASS:
        case.append(_verdict(outcome, strict=strict))
    unexercised = [finding for finding in outcome.findings if finding.verdict is Verdict.NOT_EXERCISED]
    if unexercised and outcome.verdict is not Verdict.NOT_EXERCISED:
        lines = [f"not exercised: {finding.id}: {finding.actual}" for finding in unexercised]
        ET.SubElement(case, "system-out").text = xml_text("\n".join(lines))
    return case


def _verdict(outcome: Outcome, *, strict: bool) -> ET.Element:
    tag = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error"}.get(outcome.verdict, "skipped")
    if strict and tag == "skipped":
        tag = "failure"
    first = next(finding for finding in outcome.amiss if finding.verdict is outcome.verdict)
    message = f"{first.id}: {first.actual}" if tag != "skipped" else "; ".join(one.actual for one in outcome.amiss)
    element = ET.Element(tag, message=xml_text(message))
    if tag != "skipped":
        element.set("type", outcome.verdict.value)
        element.text = xml_text(outcome_text(outcome))
    return element


def count_cases(element: ET.Element, seconds: float) -> None:
    """How many cases an element holds, and what they came to, as its attributes."""
    element.set("tests", str(len(list(element.iter("testcase")))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(len(list(element.iter(tag)))))
    element.set("time", f"{seconds:.3f}")


def xml_text(text: str) -> str:
    """The text with what XML cannot hold written out."""
    return _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
