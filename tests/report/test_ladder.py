"""The text ladder: who said what to whom, in 100 columns, the verdicts where they fall."""

from pathlib import Path

import pytest
from recorded import FINE, IDLE, STATIC, Recording

from telnyx_simulator.report.ladder import WIDTH, ladder


def a_call(folder: Path) -> Recording:
    recording = Recording(folder).at(0, "far_end", "act", act="dial", person="Caller").person("Caller")
    recording.webhook(0.061, 0.07, "call.initiated", 200)
    reply = {"errors": [{"code": "90015"}]}
    recording.at(0.1, "rest", "command", command="answer", status=422, reply=reply, effect=False)
    recording.at(0.2, "rest", "command", command="answer", status=200, reply={}, effect=True)
    recording.at(0.4, "stream", "opened", sent_codec="PCMA", returned_codec="PCMU")
    recording.at(0.5, "far_end", "sound", clip="speech/en-1", begins_ns=500_000_000, ends_ns=3_800_000_000)
    recording.at(0.6, "far_end", "heard", what="talkspurt")
    recording.at(0.7, "stream", "message", message="clear")
    recording.at(5.0, "sut", "status", word="in-progress")
    recording.webhook(5.1, 7.1, "call.hangup", None, failure="no reply within 2 s", attempt=2, signature="wrong_key")
    recording.at(7.2, "switch", "leg", state="hangup", cause="normal_clearing", source="caller")
    return recording


def test_a_call_from_dial_to_hangup(tmp_path: Path) -> None:
    assert ladder(a_call(tmp_path).trace(), [STATIC, FINE, IDLE]) == "\n".join(
        [
            "static[PCMA]   seed 7",
            "people: Caller (incoming, PCMA)",
            "",
            "    time  far end                                  telnyx                               application",
            "   0.000  |-- dial --------------------------------->|                                            |",
            "   0.000  |<-- parked -------------------------------|                                            |",
            "   0.061  |                                          |-- call.initiated ------------------------->|",
            "   0.070  |                                          |<-- 200, 9 ms ------------------------------|",
            "   0.100  |                                          |<-- answer -> 422 90015 --------------------|",
            "   0.200  |                                          |<-- answer -> 200 --------------------------|",
            "   0.400  |                                          |== stream, PCMA out, PCMU back ============>|",
            "   0.500  |== speech/en-1, 3.3 s ===================>|                                            |",
            "   0.600  |<== talkspurt ============================|                                            |",
            "   0.700  |                                          |<== clear ==================================|",
            "   3.300  ** FAIL script[3].expect: A-law decoded as mu-law; wanted heard speech/en-1 within 2 s",
            "   5.000  status of the application: in-progress",
            "   5.100  |                                          |-- call.hangup (wrong_key, attempt 2) ----->|",
            "   7.100  |                                          |<-- no reply within 2 s, 2000 ms -----------|",
            "   7.200  |<-- hangup: normal_clearing by caller ----|                                            |",
            "   7.200  ** ok legs_ended: no leg is left",
            "   7.200  ** not exercised sound_clean: nothing was heard; wanted clean",
            "",
        ]
    )


def test_of_several_people_each_line_says_whose_it_is(tmp_path: Path) -> None:
    recording = Recording(tmp_path).person("Alice").person("Bob", "leg-2")
    recording.at(1, "far_end", "act", "leg-2", act="hangup", person="Bob").webhook(2, 2.01, "call.hangup", 200)
    text = ladder(recording.trace(), [])
    assert "|-- Bob: hangup ---" in text
    assert "|-- Alice: call.hangup ---" in text


def test_what_is_said_over_and_over_stands_there_once(tmp_path: Path) -> None:
    recording = Recording(tmp_path).person("Caller")
    for n in range(250):
        recording.at(1 + n / 100, "stream", "message", message="invalid", problem="not JSON")
    lines = [line for line in ladder(recording.trace(), []).splitlines() if "invalid" in line]
    assert lines == [lines[0]]
    assert "invalid not JSON (x 250, to 3.5)" in lines[0]


@pytest.mark.parametrize("text", ["x" * 500, "two\nlines", "\x1b[31mred", "\u202eturned round"])
def test_whatever_stands_in_a_trace_no_line_is_wider_or_another_than_it_should_be(text: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path, run_id=text).person(text)
    recording.at(1, "far_end", "act", act=text).webhook(1, 2, text, None, failure=text)
    recording.at(2, "rest", "command", command=text, status=200, reply=None).at(3, "sut", "status", word=text)
    recording.at(3, "stream", "message", message=text).at(4, "far_end", "sound", clip=text)
    written = ladder(recording.trace(), [])
    assert all(len(line) <= WIDTH and line.isprintable() for line in written.splitlines())
    assert len(written.splitlines()) == 4 + 8


def test_a_run_without_a_call_says_so(tmp_path: Path) -> None:
    assert "nobody was on the phone" in ladder(Recording(tmp_path).trace(), [IDLE])


def test_entries_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    recording = Recording(tmp_path).person("Caller").at(1, "moon", "landed", who="Neil")
    assert "Neil" not in ladder(recording.trace(), [])


def test_what_line_stream_and_account_do_stands_there(tmp_path: Path) -> None:
    recording = Recording(tmp_path).person("Caller")
    recording.at(1, "far_end", "mic", clip="comfort_noise").at(1, "far_end", "hold", held=True)
    recording.at(2, "line", "cut", plane="pstn", toward=["application"]).at(2.5, "line", "clean", plane="pstn")
    recording.at(3, "stream", "failed", failure="connection_failed")
    recording.at(3, "stream", "sent", message={"event": "hello"}, why="step")
    recording.at(4, "rest", "stray_dial", None, to="+12025550199")
    recording.at(4, "switch", "account", None, change="application.create")
    recording.webhook(5, 5.01, "call.hangup", 200, told="call.mystery", copy=1, ack_lost=True)
    lines = ladder(recording.trace(), []).splitlines()[5:]
    assert [line[8:].replace("|", " ").strip(" <>-=") for line in lines] == [
        "microphone: comfort_noise",
        "held: True",
        "the line is cut: pstn ['application']",
        "the line is clean again: pstn",
        "stream not opened: connection_failed",
        "put in: {'event': 'hello'}",
        "stray dial to +12025550199",
        "the account changes: application.create",
        "call.mystery (again)",
        "200, 10 ms, lost",
    ]
