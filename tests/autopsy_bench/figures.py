"""What is measured beside the verdicts: speed, and what a watermark tells. Run as a program, so that it has one thread.

Times are CPU seconds of one core: others may work on the same machine.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio import g711, noise_code, tone_code
from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.audio.noise import watermark
from telnyx_simulator.audio.passage import Passage
from telnyx_simulator.media.sources import Mouth, Planned, Sound

from .generator import Source, one_of_each
from .judging import COMMAND, LIBRARY, ONE_THREAD, Diagnose, function
from .speech import FULL_SCALE, TEST, Voice, committed, resampled, to_pcm
from .wires import Pcm, Wire, wires

FRAME = 160
CALL_S = 10
EVENTS = 0.03
"""Of the watermark's frames are dropped, as many doubled, as many change places with the next."""
FAULTY = (
    "pcma_decoded_as_pcmu",
    "l16_bytes_swapped",
    "speed_x1.5",
    "frames_dropped",
    "gaps_inserted",
    "clipped",
    "unrelated_audio",
)


def lines(judge: str, *, quick: bool) -> list[str]:
    """Lines of Markdown."""
    command = [sys.executable, "-m", "autopsy_bench.figures", judge, "quick" if quick else "all"]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


def _measured(judge: str, *, quick: bool) -> list[str]:
    table = ["| figure | wanted | found |", "|---|---|---|"]
    healthy_s, faulty_s = _diagnosis_s(function(LIBRARY if judge == COMMAND else judge), times=1 if quick else 3)
    table.append(f"| diagnosis of a healthy call of {CALL_S} s, median | < 0.5 s | {healthy_s:.2f} s |")
    table.append(f"| diagnosis of a faulty call of {CALL_S} s, median | < 1.5 s | {faulty_s:.2f} s |")
    pcm = to_pcm(0.1 * np.random.default_rng(1).standard_normal(8000 * 600))
    for law in g711.Law:
        speed = 600 / _least_s(partial(g711.encode, law, pcm))
        table.append(f"| {law.value} encoded in one batch | >= 20 000 x real time | {speed:,.0f} x |".replace(",", " "))
    from_memory, planned = _frame_us()
    table.append(f"| a frame from memory, as a leg asks for it | < 1 us | {planned:.2f} us |")
    table.append(f"| the array of frames alone | | {from_memory:.2f} us |")
    return [*table, "", *_watermarks(frames=300 if quick else 1500)]


def _least_s(work: Callable[[], object]) -> float:
    """CPU seconds of the fastest of several times."""
    taken = []
    for _ in range(7):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def _diagnosis_s(diagnose: Diagnose, *, times: int) -> tuple[float, float]:
    """Median CPU seconds for a healthy and for a faulty call of ten seconds."""
    source = Source(seed=1, voices=(_in_turn("one", committed(TEST)), _in_turn("another", committed(TEST)[::-1])))
    taken: dict[bool, list[float]] = {True: [], False: []}
    for case in one_of_each(source, (*FAULTY, *["healthy"] * len(FAULTY)) * times, seconds_max=CALL_S):
        reference, got = to_pcm(case.reference), to_pcm(case.got)
        codecs = (case.leg, case.back) if case.told else (None, None)
        begun = time.process_time()
        diagnose(reference, case.reference_hz, got, case.got_hz, *codecs)
        taken[not case.labels].append(time.process_time() - begun)
    return median(taken[True]), median(taken[False])


def _in_turn(name: str, voices: tuple[Voice, ...]) -> Voice:
    """Several people one after another, ten seconds in all."""
    spoken = np.concatenate([resampled(one.utterances[0], one.rate_hz, 16000) for one in voices])
    return Voice(name=name, utterances=(spoken[: CALL_S * 16000],), rate_hz=16000)


def _frame_us() -> tuple[float, float]:
    """CPU microseconds: a frame from the array of a sound's frames, and through the source that a leg asks."""
    sound = Sound("clip", "0" * 64, to_pcm(0.1 * np.random.default_rng(1).standard_normal(8000 * 60)), 8000)
    mouth = Mouth(PCMA)
    mouth.say(sound, 0)
    source = Planned(mouth, PCMU)
    frames = [source.take(k) for k in range(3000)]
    assert all(frames)
    taken = frames.__getitem__
    memory_s = _least_s(lambda: [taken(k) for k in range(3000)])
    return memory_s / 3000 * 1e6, _least_s(lambda: [source.take(k) for k in range(3000)]) / 3000 * 1e6


def _watermarks(*, frames: int) -> list[str]:
    rng = np.random.default_rng(7)
    played = _disturbed(frames, rng)
    table = [
        f"Watermarks of {frames} frames, {len(played)} of them heard: {EVENTS:.0%} dropped, doubled and swapped each.",
        "",
        "| codec | noise: frames identified, wanted >= 99.9 % | tone code: frames read |",
        "|---|---|---|",
    ]
    noise, tones = watermark(b"bench", frames / 50), tone_code.tone_code(frames)
    sent = [signal.reshape(-1, FRAME)[played].reshape(-1) for signal in (noise, tones)]
    for name, wire in wires().items():
        heard = [_through(wire, signal) for signal in sent]
        lag = _lag(sent[0], heard[0])
        by_noise = _sighted(noise_code.read(noise, heard[0]), len(played), lag) == played
        by_tones = _sighted(tone_code.read(heard[1], frames), len(played), lag) == played
        table.append(f"| {name} | {by_noise.mean():.2%} | {by_tones.mean():.2%} |")
    return table


def _disturbed(frames: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """The numbers of the frames in the order in which they are played."""
    order: list[int] = []
    for n in range(frames):
        drawn = rng.random()
        order += [] if drawn < EVENTS else [n, n] if drawn < 2 * EVENTS else [n]
    for n in range(1, len(order)):
        if rng.random() < EVENTS:
            order[n - 1], order[n] = order[n], order[n - 1]
    return np.array(order)


def _through(wire: Wire, pcm: Pcm) -> Pcm:
    sent = wire.through(to_pcm(resampled(pcm / FULL_SCALE, 8000, wire.rate_hz)))
    return to_pcm(resampled(sent / FULL_SCALE, wire.rate_hz, 8000))


def _lag(played: Pcm, heard: Pcm) -> int:
    size = len(played) + len(heard)
    spectra = np.fft.rfft(heard.astype(float), size) * np.conj(np.fft.rfft(played.astype(float), size))
    return int(np.fft.irfft(spectra, size)[:4000].argmax())


def _sighted(passage: Passage, count: int, lag: int) -> NDArray[np.intp]:
    """The number read at each place, -1 where none was read within 5 ms of where a frame begins."""
    found = np.full(count, -1)
    for one in passage.heard:
        place = round((one.at - lag) / FRAME)
        if 0 <= place < count and abs(one.at - lag - place * FRAME) <= 40:
            found[place] = one.index
    return found


if __name__ == "__main__":
    print(json.dumps(_measured(sys.argv[1], quick=sys.argv[2] == "quick")))
