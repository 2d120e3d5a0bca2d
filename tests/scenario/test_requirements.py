"""What a script needs of the profile without saying so."""

import sys
from pathlib import Path

import pytest

from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.requirements import missing
from telnyx_simulator.sut.profile import Profile

BARE = {"url": "http://127.0.0.1:1", "webhook_url": "/hook"}
POLL = {"poll": {"url": "/calls/{call_control_id}", "pointer": "/status"}}


@pytest.mark.parametrize(
    ("script", "profile", "line"),
    [
        ("[ask: place_call]", {"ask": {"place_call": {"url": "/calls"}}}, "asks for 'place_call'"),
        ("[expect: {status: mapped}]", {"status": POLL, "status_map": {"answered": "up"}}, "a status is expected"),
        ("[expect: {heard: app/hello}]", {"audio": {"clips": {"hello": "hello.wav"}}}, "app/hello is expected"),
        ("[expect: {heard: speech/en-1}]", {"audio": {"observe": "loopback"}}, "one's own sound is expected back"),
    ],
)
def test_what_is_missing_is_named_with_the_line_to_add(
    script: str, profile: dict[str, object], line: str, tmp_path: Path
) -> None:
    path = tmp_path / "some.telnyx.yaml"
    path.write_text(f"call: outgoing\nscript: {script}\n")
    [scenario] = load([path])
    [told] = missing(scenario, Profile.model_validate(BARE))
    assert line in told
    assert "add" in told
    assert missing(scenario, Profile.model_validate(BARE | profile)) == []


def test_a_codec_that_the_application_does_not_speak_is_not_exercised(tmp_path: Path) -> None:
    path = tmp_path / "some.telnyx.yaml"
    path.write_text("call: {direction: incoming, leg_codec: L16/16000}\nscript: [dial]\n")
    [scenario] = load([path])
    assert missing(scenario, Profile.model_validate(BARE)) == ["a leg in L16; add it to `codecs:`"]
    assert missing(scenario, Profile.model_validate(BARE | {"codecs": ["L16"]})) == []


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        ("leg_codec: OPUS", 1),
        ("stream: {stream_codec: AMR-WB/octet-aligned}", 1),
        ("stream: {return_codec: OPUS/48000}", 1),
        ("leg_codec: OPUS/48000, stream: {stream_codec: AMR-WB, return_codec: AMR-WB}", 3),
        ("leg_codec: G722", 0),
    ],
)
def test_a_codec_that_this_machine_lacks_is_not_exercised_and_the_line_installs_it(
    call: str, lines: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "some.telnyx.yaml"
    path.write_text(f"call: {{direction: incoming, {call}}}\nscript: [dial]\n")
    [scenario] = load([path])
    speaks_all = Profile.model_validate(BARE | {"codecs": ["PCMA", "G722", "OPUS", "AMR-WB"]})
    monkeypatch.setitem(sys.modules, "av", None)
    told = missing(scenario, speaks_all)
    assert len(told) == lines
    assert all('PyAV; install it: pip install "telnyx-simulator[codecs]"' in line for line in told)
