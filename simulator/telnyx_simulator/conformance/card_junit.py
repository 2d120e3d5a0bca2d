"""A scorecard as JUnit XML: a suite for each family, a case for each requirement."""

import xml.etree.ElementTree as ET
from typing import Final

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.conformance.catalogue import Level
from telnyx_simulator.conformance.folding import Judged
from telnyx_simulator.conformance.scorecard import Scorecard
from telnyx_simulator.report.junit import count_cases, document, xml_text

_TAGS: Final = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error", Verdict.NOT_EXERCISED: "skipped"}


def card_junit(card: Scorecard) -> str:
    """The whole document. What does not fail a build is `skipped`: a MAY, and a failure that the baseline knows."""
    root = ET.Element("testsuites", name=xml_text(f"telnyx-sim conformance: {card.application}"))
    for family in card.shown:
        suite = ET.SubElement(root, "testsuite", name=xml_text(f"{family.name}: {family.title}"))
        for one in card.of_family(family):
            suite.append(_case(one, card))
        count_cases(suite, 0.0)
    return document(root, card.seconds)


def _case(judged: Judged, card: Scorecard) -> ET.Element:
    requirement = judged.requirement
    name = requirement.id.partition(".")[2]
    case = ET.Element("testcase", name=name, classname=f"conformance.{requirement.family}", time="0.000")
    properties = ET.SubElement(case, "properties")
    told = [
        ("level", requirement.level.value),
        ("requirement", requirement.requirement),
        ("source", requirement.source),
    ]
    for key, value in told:
        ET.SubElement(properties, "property", name=key, value=xml_text(value))
    if judged.verdict is Verdict.PASS:
        return case
    tag = _TAGS[judged.verdict]
    message = judged.told
    if tag == "failure" and (excuse := _excuse(judged, card)):
        tag, message = "skipped", f"{excuse}: {message}"
    element = ET.SubElement(case, tag, message=xml_text(f"{requirement.requirement} {message}"))
    if tag != "skipped":
        element.set("type", judged.verdict.value)
        element.text = xml_text("\n".join(_lines(judged, card)))
    return case


def _excuse(judged: Judged, card: Scorecard) -> str:
    if judged.requirement.level is Level.MAY:
        return "a MAY, which fails nothing"
    return "known" if card.is_known(judged) else ""


def _lines(judged: Judged, card: Scorecard) -> list[str]:
    requirement, outcome = judged.requirement, judged.decisive.outcome
    lines = [
        requirement.requirement,
        f"why    {requirement.why}",
        f"source {requirement.source}",
        f"found  {judged.told}",
    ]
    lines += [f"run    {outcome.label}  {judged.decisive.finding.id}"] if outcome else []
    lines += [f"trace  {outcome.trace}"] if outcome and outcome.trace else []
    return [*lines, f"again  {card.again_for(requirement)}"]
