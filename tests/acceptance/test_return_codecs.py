"""Each direction has a codec of its own: the library hears the reference application in all that it can speak."""

import json
from pathlib import Path

import pytest
import yaml
from command_line import REFERENCE, telnyx_sim

from telnyx_simulator.audio.codecs import parse_codec

FIGURES = "scenarios/audio/what_is_said_back_is_as_it_was_said.telnyx.yaml"


def profile(name: str, return_codec: str, folder: Path) -> Path:
    """The profile of the application, or of a mutant, with another codec to speak."""
    directory = REFERENCE if name == "reference" else REFERENCE / "mutants" / name
    given = yaml.safe_load((directory / "sut.yaml").read_text())
    given["env"]["RETURN_CODEC"] = return_codec
    given["start"]["folder"] = str(REFERENCE)
    given["audio"]["clips"] = {clip: str(directory / file) for clip, file in given["audio"]["clips"].items()}
    path = folder / "sut.yaml"
    path.write_text(yaml.safe_dump(given))
    return path


def heard(name: str, return_codec: str, folder: Path) -> tuple[set[str], list[str]]:
    """In which codecs it was heard, and which findings failed."""
    path = profile(name, return_codec, folder)
    done = telnyx_sim("run", FIGURES, "--sut", path, "--seed", "5", artifacts=folder / "out", timeout=300)
    lines = [line for trace in done.artifacts.glob("*/trace/trace.jsonl") for line in trace.read_text().splitlines()]
    opened = [entry["body"] for entry in map(json.loads, lines) if entry.get("kind") == "opened"]
    failed = [one["id"] for findings in done.findings().values() for one in findings if one["verdict"] == "fail"]
    return {body["returned_codec"] for body in opened}, failed


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("codec", ["PCMA", "L16/16000", "G722", "OPUS/16000"])
def test_what_is_said_back_in_another_codec_is_as_it_was_said(codec: str, tmp_path: Path) -> None:
    if missing := parse_codec(codec).missing_here(encode=True, decode=True):
        pytest.skip(str(missing))
    codecs, failed = heard("reference", codec, tmp_path)
    assert {one.split("/")[0] for one in codecs} == {codec.split("/")[0]}
    # Opus keeps no waveform: 25 dB is more than a healthy one has (study 3.4).
    assert set(failed) <= ({"expect[1]"} if codec.startswith("OPUS") else set())


@pytest.mark.long
@pytest.mark.timeout(400)
def test_who_speaks_the_leg_s_codec_where_another_was_asked_for_fails(tmp_path: Path) -> None:
    """It asks for PCMA, and on a leg in PCMU it speaks that."""
    _, failed = heard("reply-in-leg-codec", "PCMA", tmp_path)
    assert "sound_clean" in failed
