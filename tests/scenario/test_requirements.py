"""What a script needs of the profile without saying so."""

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
