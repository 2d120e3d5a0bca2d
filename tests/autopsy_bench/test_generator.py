"""The bench makes what it says, and counts what it says."""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

from autopsy_bench import bytes_wrong, generator
from autopsy_bench.calls import Case, Label
from autopsy_bench.frames_wrong import TIMING, Frames, frames_of
from autopsy_bench.generator import CLASSES, PAIRS, Source, doubles, healthy, singles, write_cases
from autopsy_bench.scoring import Score
from autopsy_bench.speech import TEST, TUNING, committed, resampled
from autopsy_bench.wires import wires
from telnyx_simulator.audio.faults import Fault

BENCH = Path(__file__).parent
SOURCE = Source(seed=5, voices=committed(TUNING))
JUDGES = ("figures.py", "judging.py", "planned_lines.py", "test_generator.py")
"""They look at the package; the cases do not."""
KEEP_THE_LENGTH = {"frames_reordered", "frames_zeroed", "frames_repeated", "half_duplex"}


def test_the_generator_knows_nothing_of_the_package_but_codecs():
    for path in BENCH.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("telnyx_simulator"):
                assert node.module == "telnyx_simulator.audio.codecs" or path.name in JUDGES, path.name


def test_no_voice_and_no_clip_is_on_both_sides():
    assert not TEST.keys() & TUNING.keys()
    assert not {clip for clips in TEST.values() for clip in clips} & {
        clip for clips in TUNING.values() for clip in clips
    }


def test_one_seed_gives_the_same_files_and_another_gives_others(tmp_path):
    def written(name: str, seed: int) -> dict[str, bytes]:
        write_cases(singles(Source(seed=seed, voices=SOURCE.voices), 2), tmp_path / name)
        return {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}

    assert written("a", 5) == written("b", 5)
    assert written("a", 5)["truth.jsonl"] != written("c", 6)["truth.jsonl"]


@pytest.fixture(scope="module")
def one_of_each_class() -> list[Case]:
    return list(singles(SOURCE, len(CLASSES)))


def test_every_class_is_made_once_before_one_is_made_twice(one_of_each_class):
    made = [case.labels[0].name for case in one_of_each_class]
    assert sorted(made) == sorted(name for name in CLASSES if name != "amr_wb_framing" or "amr_wb_framing" in made)


def test_every_name_is_of_the_closed_vocabulary(one_of_each_class):
    labels = [label for case in one_of_each_class for label in case.labels]
    assert {*CLASSES, *(name for label in labels for name in label.same + label.beside)} <= set(Fault)


def test_a_pair_of_mistakes_has_one_of_format_or_rate_and_one_of_timing_or_level():
    assert len(set(PAIRS)) == len(PAIRS) == 110
    for case in doubles(SOURCE, 3):
        assert tuple(label.name for label in case.labels) in PAIRS


def test_the_pairs_file_is_what_verify_audio_takes(tmp_path):
    write_cases(healthy(SOURCE, 3), tmp_path)
    for line in (tmp_path / "PAIRS.jsonl").read_text().splitlines():
        pair = json.loads(line)
        assert pair.keys() in ({"id", "ref", "got"}, {"id", "ref", "got", "leg_codec", "return_codec"})
        assert (tmp_path / pair["ref"]).is_file()
        assert (tmp_path / pair["got"]).is_file()


def test_a_healthy_call_gives_back_what_was_said():
    """By correlation alone: the codecs of the bench work."""
    for case in healthy(SOURCE, 6):
        said, got = resampled(case.reference, case.reference_hz, 8000), resampled(case.got, case.got_hz, 8000)
        size = len(said) + len(got)
        correlation = np.fft.irfft(np.fft.rfft(got, size) * np.conj(np.fft.rfft(said, size)), size)
        assert correlation.max() / np.sqrt((said**2).sum() * (got**2).sum()) > 0.85, case


@pytest.mark.parametrize("name", TIMING)
def test_events_lie_where_somebody_speaks_and_keep_or_change_the_length(name):
    rng = np.random.default_rng(1)
    frames = Frames(samples=160, offset=0, spoken=np.arange(400) % 100 >= 50)
    x = np.repeat(np.arange(1.0, 401.0), 160)  # the frame's number: what is left tells what happened
    spoiled, events = TIMING[name](x, frames, 0.05, rng)
    assert events >= (1 if name in ("half_duplex", "cut_off") else 2)
    assert (len(spoiled) == len(x)) == (name in KEEP_THE_LENGTH)
    silent = [n + 1 for n in np.flatnonzero(~frames.spoken)]
    if name == "cut_off":
        assert (x[: len(spoiled)] == spoiled).all()
    elif name != "half_duplex":
        assert [int((spoiled == n).sum()) for n in silent] == [160] * len(silent)


def test_who_speaks_is_told_by_level():
    noise = np.random.default_rng(1).standard_normal(16000)
    assert (
        frames_of(np.where(np.arange(16000) < 8000, 0.1, 0.003) * noise, 8000).spoken.tolist()
        == [True] * 50 + [False] * 50
    )


@pytest.mark.skipif("AMR-WB at 12.65 kbit/s" not in wires(), reason="libvo-amrwbenc is not here")
@pytest.mark.parametrize("framing", ["stored", "octet_aligned", "bandwidth_efficient"])
def test_a_framing_of_amr_wb_read_as_what_it_is_changes_nothing(framing):
    wire = wires()["AMR-WB at 12.65 kbit/s"]
    packets = wire.encode((3000 * np.sin(np.arange(6400) * 0.2)).astype(np.int16))
    assert (bytes_wrong.amr_wb_misread(packets, framing, framing) == wire.decode(packets)).all()


@pytest.mark.parametrize(
    ("labels", "said", "exact", "named"),
    [
        ([], [], True, True),
        ([], ["clipped"], False, True),
        ([Label(name="clipped")], [], False, False),
        ([Label(name="clipped")], ["clipped"], True, True),
        ([Label(name="clipped")], ["clipped", "gain_high"], False, True),
        ([Label(name="clipped", beside=("gain_high",))], ["clipped", "gain_high"], True, True),
        ([Label(name="clipped", beside=("gain_high",))], ["gain_high"], False, False),
        ([Label(name="cut_off", same=("half_duplex",))], ["half_duplex"], True, True),
        ([Label(name="speed_x2"), Label(name="gain_low")], ["gain_low"], False, False),
        ([Label(name="speed_x2"), Label(name="gain_low")], ["gain_low", "speed_x2"], True, True),
    ],
)
def test_what_counts_as_exact(labels, said, exact, named):
    score = Score()
    score.add("1", labels, said)
    assert (score.exact, score.every_named) == (exact, named)
    assert score.called_healthy == (bool(labels) and not said)
    assert score.wrong == ([] if exact else ["1"])


def test_what_cannot_be_made_is_drawn_again():
    tries = []

    def make(source, rng, name):
        tries.append(rng.random())
        if len(tries) < 3:
            raise generator.ImpossibleError
        return name

    assert SOURCE.case("x", 7, make) == "x-0007"
    assert len(set(tries)) == 3
