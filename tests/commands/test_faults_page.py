"""The page of faults is made from the list of faults, and current."""

import re
from pathlib import Path

from telnyx_simulator.audio.faults import Fault, Kind
from telnyx_simulator.commands.faults_page import KINDS, WRITE_IT, faults_page
from telnyx_simulator.commands.glossary import explanations

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


def test_the_committed_page_is_current() -> None:
    assert PAGE.read_text() == faults_page(), WRITE_IT


def test_every_fault_stands_there_once_under_its_kind() -> None:
    rows = re.findall(r"^\| `(\S+)` \| \S.* \| \S.* \|$", PAGE.read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(fault.value for fault in Fault)
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    assert [section.splitlines()[0] for section in sections] == [KINDS[kind][0] for kind in Kind]
    for kind, section in zip(Kind, sections, strict=True):
        assert all(f"`{fault}`" in section for fault in Fault if fault.kind is kind)


def test_every_fault_is_explained_with_its_sentence_its_advice_and_its_kind() -> None:
    known = {one.word: one for one in explanations() if one.kind == "fault of a sound"}
    assert set(known) == {fault.value for fault in Fault}
    for fault in Fault:
        text = known[fault.value].text().casefold()
        assert fault.sentence.casefold() in text
        assert fault.advice.casefold() in text
        assert f"kind: {fault.kind}" in text


def test_the_names_of_the_issue_are_all_there() -> None:
    """The closed vocabulary as it was ordered; further names may be added."""
    ordered = (
        "pcma_decoded_as_pcmu pcmu_decoded_as_pcma l16_bytes_swapped l16_odd_byte_offset l16_decoded_as_pcmu "
        "l16_decoded_as_pcma pcmu_decoded_as_l16 pcma_decoded_as_l16 speed_x2 speed_x0.5 speed_x1.5 speed_x0.67 "
        "speed_x3 speed_x0.33 speed_x1.09 speed_x0.92 frames_dropped frames_duplicated frames_reordered frames_zeroed "
        "frames_repeated gaps_inserted clipped gain_high gain_low dc_offset silence half_duplex unrelated_audio "
        "replied_in_leg_codec law_mixup_undetermined"
    )
    assert set(ordered.split()) <= {fault.value for fault in Fault}
