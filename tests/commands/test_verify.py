"""`verify audio`: two files, or many pairs, compared offline; verdicts, faults, exit codes, pictures, and bad files."""

import json
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.audio.signals import read_wav, resample, write_wav
from telnyx_simulator.cli import cli
from telnyx_simulator.commands import pairs as pairs_module
from telnyx_simulator.commands.exits import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_OK, EXIT_USAGE
from telnyx_simulator.commands.pairs import Pair, results
from telnyx_simulator.resources import clip_file

Pcm = NDArray[np.int16]
PCM, RATE_HZ = read_wav(clip_file("speech/en-2"))
SPEECH = resample(PCM, RATE_HZ, 8000)
ECHO = PCMU.decode(PCMU.encode(PCMA.decode(PCMA.encode(SPEECH))))
STATIC = PCMU.decode(PCMA.encode(SPEECH))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / "ref.wav", PCM, RATE_HZ)
    write_wav(tmp_path / "echo.wav", ECHO, 8000)
    write_wav(tmp_path / "static.wav", STATIC, 8000)
    return tmp_path


def done(*arguments: str, given: bytes | None = None) -> Result:
    result = CliRunner().invoke(cli, ["verify", "audio", *arguments], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def as_json(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done(*arguments, "--json", "-").stdout)
    return found


# Two files


def test_a_healthy_echo_is_exit_code_0_with_its_figures(folder: Path) -> None:
    result = done("ref.wav", "echo.wav", "--leg-codec", "PCMA", "--return-codec", "PCMU")
    assert result.exit_code == EXIT_OK
    lines = result.stdout.splitlines()
    assert lines[0] == "healthy"
    assert lines[1] == f"  reference  ref.wav  (16-bit PCM, 1 channel, 16000 Hz, {len(PCM) / RATE_HZ:.2f} s)"
    assert "SNR 3" in lines[3]


def test_of_what_is_the_same_no_more_is_said_than_that_the_snr_is_over_60_db(folder: Path) -> None:
    """What stands beyond is rounding."""
    assert as_json("echo.wav", "echo.wav")["snr_db"] == 60.0
    assert "SNR over 60 dB" in done("echo.wav", "echo.wav").stdout
    assert 30 < as_json("ref.wav", "echo.wav")["snr_db"] < 60


def test_a_fault_is_exit_code_1_with_name_sentence_figures_moment_and_advice(folder: Path) -> None:
    result = done("ref.wav", "static.wav")
    assert result.exit_code == EXIT_FAILED
    text = " ".join(result.stdout.split())
    assert text.startswith("faulty: pcma_decoded_as_pcmu ")
    for part in (
        "pcma_decoded_as_pcmu: A-law decoded as mu-law",
        "before: ",
        "with this mistake allowed for: ",
        "first at 0.",
        "look here: the application decodes PCMU",
        "what explains the sound how well:",
    ):
        assert part in text


def test_the_codecs_say_what_else_it_may_be(folder: Path) -> None:
    """From PCMA to PCMU two mistakes give the same bytes."""
    result = done("ref.wav", "static.wav", "--leg-codec", "PCMA", "--return-codec", "PCMU")
    assert result.stdout.startswith("faulty: law_mixup_undetermined\n")
    assert "either pcma_decoded_as_pcmu or replied_in_leg_codec" in result.stdout


def test_events_are_told_in_the_order_heard(folder: Path) -> None:
    kept = np.delete(ECHO[: len(ECHO) // 160 * 160].reshape(-1, 160), [40, 41, 90], axis=0).reshape(-1)
    write_wav(folder / "lossy.wav", kept, 8000)
    found = as_json("ref.wav", "lossy.wav")
    assert found["faults"] == ["frames_dropped"]
    assert [round(event["duration_s"], 2) for event in found["events"]] == [0.04, 0.02]
    assert found["events"][0]["at_s"] == pytest.approx(0.8, abs=0.03)
    assert "events, in the order heard:" in done("ref.wav", "lossy.wav").stdout


def test_json_is_one_object_alone_on_stdout_or_in_a_file(folder: Path) -> None:
    found = as_json("ref.wav", "static.wav")
    assert (found["schema"], found["verdict"], found["faults"]) == (1, "faulty", ["pcma_decoded_as_pcmu"])
    assert {"sentence", "advice", "before", "after", "first_s"} <= set(found["details"][0])
    assert found["ref"] == {"file": "ref.wav", "form": "16-bit PCM, 1 channel, 16000 Hz", "rate_hz": 16000} | {
        "seconds": round(len(PCM) / RATE_HZ, 4)
    }
    result = done("ref.wav", "static.wav", "--json", "out/x.json")
    assert result.stdout.startswith("faulty")
    assert json.loads((folder / "out" / "x.json").read_text()) == found


def wav_bytes(frames: NDArray[Any], *, rate_hz: int, tag: int = 1) -> bytes:
    """`frames`: [frames, channels] of whatever type the file has."""
    bits, channels = 8 * frames.itemsize, frames.shape[1]
    width = channels * frames.itemsize
    form = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * width, width, bits)
    data = frames.tobytes()
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


FORMS: dict[str, Callable[[], bytes]] = {
    "48 kHz floats in stereo": lambda: wav_bytes(
        np.repeat((resample(ECHO, 8000, 48000) / 32768).astype("<f4")[:, None], 2, axis=1), rate_hz=48000, tag=3
    ),
    "44.1 kHz, 32 bits": lambda: wav_bytes((resample(ECHO, 8000, 44100).astype("<i4") << 16)[:, None], rate_hz=44100),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_file_is_no_fault(form: str, folder: Path) -> None:
    (folder / "got.wav").write_bytes(FORMS[form]())
    assert as_json("ref.wav", "got.wav")["verdict"] == "healthy"


@pytest.mark.parametrize("name", ["plot.svg", "pictures/plot.png", "PLOT.PNG"])
def test_a_plot_is_drawn_by_the_ending_of_its_name(name: str, folder: Path) -> None:
    assert done("ref.wav", "static.wav", "--plot", name).exit_code == EXIT_FAILED
    data = (folder / name).read_bytes()
    assert data.startswith(b"<svg" if name.endswith("svg") else b"\x89PNG")
    if name.endswith("svg"):
        assert b"faulty: pcma_decoded_as_pcmu</text>" in data


@pytest.mark.long
def test_what_else_was_said_is_recognized_in_the_place_of_the_reference(folder: Path) -> None:
    """The application's own voice, and another call's."""
    spoken, rate_hz = read_wav(clip_file("speech/en-3"))
    write_wav(folder / "greeting.wav", spoken, rate_hz)
    write_wav(folder / "came.wav", PCMU.decode(PCMU.encode(resample(spoken, rate_hz, 8000))), 8000)
    assert as_json("ref.wav", "came.wav", "--own", "greeting.wav")["faults"] == ["own_voice"]
    others = ("--other", "echo.wav", "--other", "greeting.wav")
    assert as_json("ref.wav", "came.wav", *others)["faults"] == ["other_calls_audio"]
    assert as_json("ref.wav", "echo.wav", "--own", "greeting.wav", "--other", "ref.wav")["faults"] == []


def test_beside_a_pair_stands_what_else_was_said(folder: Path) -> None:
    spoken, rate_hz = read_wav(clip_file("speech/en-3"))
    write_wav(folder / "greeting.wav", spoken[: 2 * rate_hz], rate_hz)
    write_wav(folder / "came.wav", resample(spoken[: 2 * rate_hz], rate_hz, 8000), 8000)
    pair = {"ref": "../ref.wav", "got": "../came.wav"}
    keys: list[dict[str, object]] = [{"own": "../greeting.wav"}, {"other": ["../echo.wav", "../greeting.wav"]}]
    keys += [{"own": ""}, {"other": ["../echo.wav", 3]}]
    source = listed(folder, *({"id": n, **pair, **key} for n, key in enumerate(keys)))
    found = [json.loads(line) for line in done("--pairs", source, "--json", "-", "-n", "1").stdout.splitlines()]
    assert [one["faults"] for one in found] == [["own_voice"], ["other_calls_audio"], [], []]
    assert [one["verdict"] for one in found[2:]] == ["inconclusive"] * 2


def test_a_wide_sound_that_lost_its_upper_band_between_wide_codecs_is_faulty(folder: Path) -> None:
    """Where a codec is narrow, or none is known, it may be the codec's doing."""
    narrow = resample(resample(PCM, RATE_HZ, 8000), 8000, RATE_HZ)
    write_wav(folder / "narrow.wav", np.concatenate([np.zeros(1700, np.int16), narrow]), RATE_HZ)
    wide = ("--leg-codec", "G722", "--return-codec", "L16/16000")
    found = as_json("ref.wav", "narrow.wav", *wide)
    assert found["faults"] == ["narrow_banded"]
    assert "its band above 4 kHz is at -" in found["evidence"]
    assert as_json("ref.wav", "ref.wav", *wide)["faults"] == []
    assert as_json("ref.wav", "narrow.wav")["faults"] == []
    assert as_json("ref.wav", "narrow.wav", "--leg-codec", "PCMU", "--return-codec", "L16/16000")["faults"] == []


# What cannot be compared


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ref.wav"], "two files are compared"),
        (["ref.wav", "none.wav"], "none.wav: No such file or directory"),
        (["ref.wav", "."], ".: Is a directory"),
        (["ref.wav", "text.wav"], "text.wav: this is no WAV file"),
        (["empty.wav", "ref.wav"], "empty.wav: there is no sound in it"),
        (["ref.wav", "long.wav"], "long.wav: it lasts 700 s, and up to 600 s can be compared"),
        (["ref.wav", "echo.wav", "--leg-codec", "alaw"], "unknown codec 'alaw'"),
        (["ref.wav", "echo.wav", "--plot", "x.pdf"], "x.pdf: a plot is an .svg or a .png file"),
        (["ref.wav", "echo.wav", "--plot", "text.wav/x.svg"], "--plot text.wav/x.svg: "),
        (["ref.wav", "echo.wav", "--json", "text.wav/x.json"], "--json text.wav/x.json: "),
        (["ref.wav", "echo.wav", "--own", "none.wav"], "none.wav: No such file or directory"),
        (["ref.wav", "echo.wav", "--pairs", "x"], "--pairs stands alone"),
        (["--other", "ref.wav", "--pairs", "x"], "--pairs stands alone"),
        (["--pairs", "none.jsonl"], "--pairs none.jsonl: No such file or directory"),
    ],
)
def test_what_cannot_be_compared_is_exit_code_2_with_the_reason(arguments: list[str], told: str, folder: Path) -> None:
    (folder / "text.wav").write_text("hello")
    write_wav(folder / "empty.wav", np.zeros(0, np.int16), 8000)
    write_wav(folder / "long.wav", np.zeros(700 * 2000, np.int16), 2000)
    result = done(*arguments)
    assert result.exit_code == EXIT_USAGE
    assert told in result.stderr
    assert result.stdout == ""


def test_a_silent_reference_is_inconclusive_and_silence_heard_a_fault(folder: Path) -> None:
    write_wav(folder / "still.wav", np.zeros(8000, np.int16), 8000)
    assert done("still.wav", "echo.wav").exit_code == EXIT_INCONCLUSIVE
    assert as_json("ref.wav", "still.wav")["faults"] == ["silence"]
    write_wav(folder / "nothing.wav", np.zeros(0, np.int16), 8000)
    assert as_json("ref.wav", "nothing.wav")["faults"] == ["silence"]


# Many pairs


def listed(folder: Path, *lines: object) -> str:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "list").mkdir(exist_ok=True)
    (folder / "list" / "pairs.jsonl").write_text(text + "\n")
    return "list/pairs.jsonl"


def test_each_pair_is_a_line_relative_to_the_list_and_a_bad_one_ends_nothing(folder: Path) -> None:
    (folder / "text.wav").write_text("hello")
    source = listed(
        folder,
        {"id": "a", "ref": "../ref.wav", "got": "../echo.wav", "leg_codec": "PCMA", "return_codec": "PCMU"},
        "no json",
        "",
        {"id": 7, "ref": "../ref.wav", "got": "../static.wav", "more": 1},
        [1],
        {"ref": "../ref.wav"},
        {"id": "c", "ref": "../ref.wav", "got": "../text.wav"},
        {"id": "d", "ref": "../ref.wav", "got": "none.wav", "leg_codec": None},
        {"id": "e", "ref": "../ref.wav", "got": "../echo.wav", "return_codec": "ulaw"},
        {"id": "f", "ref": "../ref.wav", "got": "../echo.wav", "return_codec": 8},
        {"id": "g", "ref": "../ref.wav", "got": "\0"},
        {"id": "h", "ref": "../ref.wav", "got": 3},
    )
    result = done("--pairs", source, "--json", "-", "-n", "1")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == EXIT_FAILED
    assert all(list(one) == ["id", "verdict", "faults", "evidence", "line", "notes"] for one in found)
    assert all(one["evidence"] for one in found)
    assert [one["line"] for one in found] == [1, 2, *range(4, 13)], "the empty one counts"
    verdicts = {one["id"]: (one["verdict"], one["faults"]) for one in found}
    assert verdicts.pop("a") == ("healthy", [])
    assert verdicts.pop(7) == ("faulty", ["pcma_decoded_as_pcmu"])
    assert set(verdicts) == {"line 2", "line 5", "line 6", "c", "d", "e", "f", "g", "h"}
    assert set(map(str, verdicts.values())) == {"('inconclusive', [])"}
    assert result.stderr == "11 pairs: 1 healthy, 9 inconclusive, 1 faulty\n"


def test_pairs_are_compared_side_by_side_and_given_as_they_come(folder: Path) -> None:
    pair = {"ref": "../ref.wav", "got": "../echo.wav"}
    source = listed(folder, *({"id": n, **pair} for n in range(3)))
    result = done("--pairs", source, "-n", "2", "--json", "out.jsonl")
    assert result.exit_code == EXIT_OK
    found = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert sorted(one["id"] for one in found) == [0, 1, 2]
    assert {one["verdict"] for one in found} == {"healthy"}
    assert result.stdout == ""


def test_without_json_a_pair_is_a_line_for_people(folder: Path) -> None:
    source = json.dumps({"id": "x", "ref": "ref.wav", "got": "none.wav"}).encode()
    result = done("--pairs", "-", given=source)
    assert result.exit_code == EXIT_INCONCLUSIVE
    assert result.stdout == "inconclusive  x  (none.wav: No such file or directory)\n"


def test_an_empty_list_is_no_success(folder: Path) -> None:
    result = done("--pairs", "-", given=b"\n\n")
    assert result.exit_code == EXIT_USAGE
    assert "there is no pair in it" in result.stderr


class Bomb:
    """Ends the process that unpacks it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


def test_a_pair_that_ends_its_process_is_inconclusive_and_the_others_are_not() -> None:
    pairs = [Pair(id=n, problem=f"problem {n}") for n in range(4)]
    pairs.insert(2, Pair(id=Bomb(), problem="never told"))
    found = {str(pair.id)[:1]: result["evidence"] for pair, result in results(pairs, 2)}
    assert "the process that compared them ended" in found.pop("<")
    assert found == {str(n): f"problem {n}" for n in range(4)}


def test_an_error_of_ours_is_a_result_as_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(pairs_module, "compared", fail)
    [(_, result)] = results([Pair(id=1, ref=folder / "ref.wav", got=folder / "ref.wav")], 1)
    assert result["verdict"] == "inconclusive"
    assert result["evidence"] == "an error of ours; please report it: ZeroDivisionError: oh"


def two_sided(folder: Path) -> None:
    """A recording with the caller on the left, and the application on the right."""
    both = np.zeros((max(len(ECHO), len(SPEECH)) + 4000, 2), "<i2")
    both[: len(SPEECH), 0] = SPEECH
    both[4000 : 4000 + len(ECHO), 1] = ECHO
    (folder / "call.wav").write_bytes(wav_bytes(both, rate_hz=8000))


def test_of_channels_that_differ_one_is_named_and_they_are_never_mixed(folder: Path) -> None:
    two_sided(folder)
    refused = done("ref.wav", "call.wav")
    assert refused.exit_code == EXIT_USAGE
    assert "call.wav: its 2 channels hold different sounds" in refused.stderr
    assert "`--channel left` or `--channel right`" in refused.stderr
    delays = [as_json("ref.wav", "call.wav", "--channel", side)["latency_s"] for side in ("left", "right")]
    assert delays == pytest.approx([0.0, 0.5], abs=0.005)
    lines = [json.dumps({"ref": "ref.wav", "got": "call.wav", "channel": side}) for side in ("right", None, "middle")]
    found = [
        json.loads(line)
        for line in done("--pairs", "-", "--json", "-", "-n", "1", given="\n".join(lines).encode()).stdout.splitlines()
    ]
    assert [one["verdict"] for one in found] == ["healthy", "inconclusive", "inconclusive"]
    assert "--channel left" in found[1]["evidence"]
    assert found[2]["evidence"] == 'line 3: \'channel\' is "middle"; it is "left" or "right"'


def test_a_codec_that_is_missing_here_is_told_with_the_line_that_installs_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("ref.wav", "echo.wav", "--leg-codec", "OPUS/16000", "--json", "-")
    monkeypatch.setitem(sys.modules, "av", None)
    result = done(*arguments)
    [note] = json.loads(result.stdout)["notes"]
    assert note.startswith("mistakes of OPUS/16000 are not tried here: OPUS needs PyAV; `pip install")
    assert result.stderr == f"note: {note}\n"
    assert as_json("ref.wav", "echo.wav", "--leg-codec", "PCMA")["notes"] == []
    line = json.dumps({"ref": "ref.wav", "got": "echo.wav", "leg_codec": "OPUS/16000"}).encode()
    listed_twice = done("--pairs", "-", "--json", "-", "-n", "1", given=line + b"\n" + line)
    assert [json.loads(one)["notes"] for one in listed_twice.stdout.splitlines()] == [[note], [note]]
    assert listed_twice.stderr.count(note) == 1, "once for all of them"


def test_a_file_that_is_cut_off_says_so(folder: Path) -> None:
    data = (folder / "echo.wav").read_bytes()
    (folder / "part.wav").write_bytes(data[: len(data) // 2])
    [note] = as_json("ref.wav", "part.wav")["notes"]
    assert note.startswith(f"part.wav: its header promises {len(ECHO) / 8000:.2f} s, and there are ")


def test_a_list_that_is_no_text_says_so(folder: Path) -> None:
    result = done("--pairs", "-", "--json", "-", given=b"\xff\xfe{\x00")
    assert json.loads(result.stdout)["evidence"] == (
        "line 1 is no text in UTF-8; a list of pairs is JSON, one object a line"
    )
