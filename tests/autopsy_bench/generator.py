"""Cases at random from a seed: healthy calls over every chain of codecs, one mistake, two mistakes.

Written from the issue, the study and the table in README.md, by somebody who has not read the diagnosis.
"""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from . import frames_wrong
from .calls import Call, Case, Label
from .frames_wrong import CLOCKS, TIMING
from .mistakes import ANSWERED_IN, CARRIES_DC, CHAOTIC, MISHEARD, MISSPOKEN, Misheard, Misspoken, label_of
from .speech import FULL_SCALE, Voice, resampled, to_pcm, utterance, write
from .wires import Wire, wires

SHARES = (0.01, 0.02, 0.05, 0.1)
LEVELS = ("gain_high", "gain_low", "clipped", "dc_offset")
WHOLE = ("silence", "unrelated_audio", "stereo_as_mono")
FORMATS = tuple(dict.fromkeys([*MISHEARD, *MISSPOKEN]))
CLASSES = (*FORMATS, *CLOCKS, *TIMING, *LEVELS, *WHOLE)
TRIES = 20
SECONDS_MAX = 9.0
STEREO_HZ = 8000
"""At a higher rate, what tells two channels from half the speed lies above what a telephone lets through."""
WIDE_HZ = 16000
"""An application that takes a wide sound through less is not healthy: `narrow_banded`."""
LENGTHENING = ("speed_x0.33", "speed_x0.36", "speed_x0.5", "l16_decoded_as_pcmu", "l16_decoded_as_pcma")
LENGTHENED_S_MAX = 5.0

# Two at once: one of format or rate with one of timing or level. A law mix-up cannot be combined with more gain or
# with clipping: the mix-up itself is 12 dB louder and at full scale. Swapped bytes are noise at full scale; a constant
# cannot be seen in it.
_LAWS = ("pcma_decoded_as_pcmu", "pcmu_decoded_as_pcma")
_BYTES = ("l16_bytes_swapped", "l16_odd_byte_offset")
_TIMES = tuple(name for name in TIMING if name not in ("half_duplex", "cut_off"))
_CLOCKS = tuple(name for name in CLOCKS if name not in ("speed_x1.38", "speed_x0.73", "speed_x2.76", "speed_x0.36"))
PAIRS = (
    *product(_LAWS, (*_TIMES, "gain_low", "dc_offset")),
    *product(_BYTES, (*_TIMES, "gain_low")),
    *product(_CLOCKS, (*_TIMES, "gain_high", "gain_low", "clipped", "dc_offset")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where cases come from."""

    seed: int
    voices: tuple[Voice, ...]

    def case(self, kind: str, number: int, make: "Callable[[Source, np.random.Generator, str], Case]") -> Case:
        """The case of this kind and number; what cannot be made (nobody speaks long enough) is drawn again."""
        for attempt in range(TRIES):
            rng = np.random.default_rng([self.seed, zlib.crc32(kind.encode()), number, attempt])
            try:
                return make(self, rng, f"{kind}-{number:04}")
            except ImpossibleError:
                continue
        raise AssertionError(f"{kind} cannot be made of these voices")


class ImpossibleError(Exception):
    """The draw does not allow this mistake."""


def singles(source: Source, count: int) -> Iterator[Case]:
    """`count` cases of one mistake each, all classes in turn."""
    classes = [name for name in CLASSES if name != "amr_wb_framing" or _has("AMR-WB")]
    order = np.random.default_rng(source.seed).permutation(len(classes))
    for n in range(count):
        name = classes[int(order[n % len(classes)])]
        yield source.case(name, n, partial(_mistaken, mistakes=(name,)))


def doubles(source: Source, count: int) -> Iterator[Case]:
    """`count` cases of two mistakes each; the pairs in an order that mixes their kinds."""
    order = np.random.default_rng(source.seed).permutation(len(PAIRS))
    for n in range(count):
        names = PAIRS[int(order[n % len(PAIRS)])]
        yield source.case("+".join(names), n, partial(_mistaken, mistakes=names))


def one_of_each(source: Source, names: tuple[str, ...], *, seconds_max: float = SECONDS_MAX) -> Iterator[Case]:
    """A case of each of these classes, where `healthy` is one of them."""
    for n, name in enumerate(names):
        if name == "healthy":
            make = partial(
                _healthy, leg=_legs()[4 * n % len(_legs())], back=_backs()[7 * n % len(_backs())], seconds=seconds_max
            )
        else:
            make = partial(_mistaken, mistakes=(name,), seconds=seconds_max)
        yield source.case(name, n, make)


def healthy(source: Source, count: int) -> Iterator[Case]:
    """`count` cases in which nothing is wrong, over all chains of codecs."""
    chains = list(product(_legs(), _backs()))
    order = np.random.default_rng(source.seed).permutation(len(chains))
    for n in range(count):
        leg, back = chains[int(order[n % len(chains)])]
        yield source.case("healthy", n, partial(_healthy, leg=leg, back=back))


def write_cases(cases: Iterator[Case], folder: Path) -> int:
    """WAV files, `PAIRS.jsonl` as `telnyx-sim verify audio --pairs` takes it, and `truth.jsonl`; how many cases."""
    written = 0
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "PAIRS.jsonl").open("w") as pairs, (folder / "truth.jsonl").open("w") as truth:
        for case in cases:
            write(folder / f"{case.id}.ref.wav", case.reference, case.reference_hz)
            write(folder / f"{case.id}.got.wav", case.got, case.got_hz)
            pair = {"id": case.id, "ref": f"{case.id}.ref.wav", "got": f"{case.id}.got.wav"}
            told = {"leg_codec": case.leg, "return_codec": case.back} if case.told else {}
            pairs.write(json.dumps(pair | told) + "\n")
            labels = [{"name": one.name, "same": one.same, "beside": one.beside} for one in case.labels]
            facts = {"voice": case.voice, "leg": case.leg, "back": case.back, "what": case.what}
            truth.write(json.dumps({"id": case.id, "labels": labels} | facts) + "\n")
            written += 1
    return written


def _has(family: str) -> bool:
    return any(wire.family == family for wire in wires().values())


def _legs() -> tuple[str, ...]:
    """Codecs that the telephone leg may have: MP3 is none."""
    return tuple(name for name, wire in wires().items() if wire.family != "MP3")


def _backs() -> tuple[str, ...]:
    return tuple(wires())


def _call(source: Source, rng: np.random.Generator, legs: tuple[str, ...], backs: tuple[str, ...]) -> Call:
    """A call over one of these legs, each family of codecs as likely as another."""
    leg, back = _one_of(rng, legs), _one_of(rng, backs)
    return Call(rng=rng, voices=source.voices, leg=leg, back=back)


def _one_of(rng: np.random.Generator, names: tuple[str, ...]) -> Wire:
    found = [wires()[name] for name in names if name in wires()]
    if not found:
        raise ImpossibleError
    families = sorted({wire.family for wire in found})
    family = families[int(rng.integers(len(families)))]
    among = [wire for wire in found if wire.family == family]
    return among[int(rng.integers(len(among)))]


def _healthy(
    source: Source, rng: np.random.Generator, name: str, *, leg: str, back: str, seconds: float = SECONDS_MAX
) -> Case:
    call = _call(source, rng, (leg,), (back,))
    call.said(seconds_max=seconds)
    call.heard(call.sent())
    if rng.random() < 0.3:
        rate_hz = int(rng.choice((8000, 16000, 24000, 48000)))
        is_wide = min(call.leg.rate_hz, call.back.rate_hz) >= WIDE_HZ
        call.works_at(max(rate_hz, WIDE_HZ) if is_wide else rate_hz)
    if rng.random() < 0.2:
        gain_db = rng.uniform(-0.5, 0.5)
        call.x = call.x * 10 ** (gain_db / 20)
        call.notes.append(f"{gain_db:+.1f} dB")
    call.waits()
    return call.finish(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where a mistake is made, and between which codecs that can be."""

    mistakes: tuple[str, ...]
    """One, or one of format or rate and one of timing or level."""
    hears: bool
    speaks: bool
    legs: tuple[str, ...]
    backs: tuple[str, ...]

    @property
    def hear(self) -> Misheard | None:
        return MISHEARD[self.mistakes[0]] if self.hears else None

    @property
    def speak(self) -> Misspoken | None:
        return MISSPOKEN[self.mistakes[0]] if self.speaks else None


def planned(rng: np.random.Generator, mistakes: tuple[str, ...]) -> Plan:
    """A mistake of format is made in hearing or in speaking, where both are possible."""
    first = mistakes[0]
    speaks = first in MISSPOKEN and (first not in MISHEARD or bool(rng.random() < 0.5))
    hears = first in MISHEARD and not speaks
    legs = MISHEARD[first].legs if hears else ANSWERED_IN if first == "replied_in_leg_codec" else _legs()
    backs = MISSPOKEN[first].backs if speaks else _backs()
    if set(mistakes) & {"dc_offset", "clipped"}:
        backs = tuple(back for back in backs if back in CARRIES_DC)
    return Plan(mistakes=mistakes, hears=hears, speaks=speaks, legs=legs, backs=backs)


def said(call: Call, plan: Plan, seconds: float = SECONDS_MAX) -> None:
    """Somebody speaks, as loud and as long as the mistakes allow."""
    first = plan.mistakes[0]
    if first == "replied_in_leg_codec" and call.leg.family == call.back.family:
        raise ImpossibleError
    call.said(
        level_dbfs=call.rng.uniform(-27, -24) if "gain_high" in plan.mistakes else None,
        seconds_max=min(seconds, LENGTHENED_S_MAX) if first in LENGTHENING else seconds,
    )
    # Mistakes beyond laws and byte order cannot be told from the sound alone.
    call.told |= first in FORMATS and first not in (*_LAWS, *_BYTES)


def worked(call: Call, plan: Plan) -> None:
    """What the application does between hearing and speaking; now the labels are known."""
    if call.rng.random() < 0.3:
        call.works_at(int(call.rng.choice((8000, 16000, 24000))))
    for mistake in _in_order(call.rng, plan.mistakes):
        _work(call, mistake)
    if plan.mistakes[0] in FORMATS:
        call.labels.append(label_of(plan.mistakes[0], call, spoken=plan.speaks))
    call.labels.sort(key=lambda label: plan.mistakes.index(label.name))
    if "silence" not in plan.mistakes:
        call.waits()


def answered(call: Call, plan: Plan, packets: list[bytes]) -> list[bytes]:
    """What the application says for the packets that it heard. Raises `ImpossibleError`: these cannot be spoiled."""
    hear, speak = plan.hear, plan.speak
    call.heard(packets, (lambda packets: hear.hear(call, packets)) if hear else None)
    worked(call, plan)
    if speak:
        return speak.packets(call, call.x, call.rate_hz)
    return call.back.encode(to_pcm(resampled(call.x, call.rate_hz, call.back.rate_hz)))


def _mistaken(
    source: Source, rng: np.random.Generator, name: str, *, mistakes: tuple[str, ...], seconds: float = SECONDS_MAX
) -> Case:
    plan = planned(rng, mistakes)
    call = _call(source, rng, plan.legs, plan.backs)
    said(call, plan, seconds)
    hear, speak = plan.hear, plan.speak
    call.heard(call.sent(), (lambda packets: hear.hear(call, packets)) if hear else None)
    worked(call, plan)
    is_native = plan.speaks and plan.mistakes[0] in CHAOTIC
    return _checked(call.finish(name, speak.speak(call) if speak else None, is_native=is_native))


def _in_order(rng: np.random.Generator, mistakes: tuple[str, ...]) -> tuple[str, ...]:
    """A wrong clock may come before or after what else goes wrong, on the way in or on the way out."""
    if len(mistakes) == 2 and mistakes[0] in CLOCKS and rng.random() < 0.5:
        return mistakes[::-1]
    return mistakes


def _work(call: Call, mistake: str) -> None:
    """What is done wrongly to samples. Formats are wrong elsewhere."""
    if mistake in TIMING:
        share = float(call.rng.choice(SHARES))
        frames = call.frames()
        if frames.spoken.sum() < 20:
            raise ImpossibleError
        spoken = call.x
        call.x, events = TIMING[mistake](spoken, frames, share, call.rng)
        if np.array_equal(call.x, spoken):
            raise ImpossibleError
        call.clean = np.concatenate([call.clean, np.zeros(len(call.x))])[: len(call.x)]
        call.notes.append(f"{mistake} {share:.0%}: {events} events{', off the grid' if frames.offset else ''}")
        call.labels.append(Label(name=mistake, same=("half_duplex",) if mistake == "cut_off" else ()))
    elif mistake in CLOCKS:
        clock = CLOCKS[mistake][int(call.rng.integers(len(CLOCKS[mistake])))]
        call.x, call.clean = (frames_wrong.at_wrong_clock(one, call.rate_hz, clock) for one in (call.x, call.clean))
        call.notes.append(f"{clock[0]} Hz taken for {clock[1]}")
        call.labels.append(Label(name=mistake))
    elif mistake in LEVELS:
        _change_level(call, mistake)
    elif mistake in WHOLE:
        _replace(call, mistake)


def _change_level(call: Call, mistake: str) -> None:
    rng, label = call.rng, Label(name=mistake)
    if mistake == "gain_low":
        gain_db = -rng.uniform(4.5, 20)
        call.x = call.x * 10 ** (gain_db / 20)
    elif mistake == "gain_high":
        headroom_db = -20 * np.log10(np.abs(call.x).max()) - 0.5
        if headroom_db < 4.5:
            raise ImpossibleError
        gain_db = rng.uniform(4.5, min(14, headroom_db))
        call.x = call.x * 10 ** (gain_db / 20)
    elif mistake == "dc_offset":
        offset = float(rng.choice((-1, 1)) * rng.uniform(0.02, 0.12))
        call.x = np.clip(call.x + offset, -1, 1)
        call.labels.append(label)
        call.notes.append(f"{100 * offset:+.1f} % of full scale")
        return
    else:
        frames = frames_wrong.frames_of(call.clean, call.rate_hz)
        spoken = call.x[: len(frames.spoken) * frames.samples].reshape(-1, frames.samples)[frames.spoken].reshape(-1)
        call.x, gain_db = frames_wrong.clipped(call.x, rng.uniform(0.02, 0.1), spoken)
        if rng.random() < 0.35:
            back_db = rng.uniform(3, 10)
            call.x, gain_db = call.x * 10 ** (-back_db / 20), gain_db - back_db
        label = Label(name=mistake, beside=("gain_high",) if gain_db > 3 else ())
    call.notes.append(f"{gain_db:+.1f} dB")
    call.labels.append(label)


def _replace(call: Call, mistake: str) -> None:
    rng = call.rng
    if mistake == "silence":
        call.x = rng.integers(-1, 2, len(call.x)) / FULL_SCALE if rng.random() < 0.4 else np.zeros(len(call.x))
    elif mistake == "stereo_as_mono":
        call.works_at(STEREO_HZ)
        right = float(rng.choice((1, 1, 0)))
        call.x, call.clean = (frames_wrong.stereo_as_mono(one, right) for one in (call.x, call.clean))
        call.notes.append("both channels alike" if right else "the right channel silent")
    elif rng.random() < 0.15:
        call.x = frames_wrong.music(len(call.x) / call.rate_hz, call.rate_hz, rng)
        call.notes.append("music")
    else:
        who, other = utterance(call.voices, rng, call.rate_hz, but=call.voice)
        level = np.sqrt((call.x**2).mean() / (other**2).mean())
        call.x = other * level
        call.notes.append(f"{who} speaks")
    call.clean = np.concatenate([call.clean, np.zeros(len(call.x))])[: len(call.x)]
    call.labels.append(Label(name=mistake, beside=("speed_x0.5", "gain_low") if mistake == "stereo_as_mono" else ()))


def _checked(case: Case) -> Case:
    """Framing mistakes of AMR-WB may leave nothing to hear, which is then silence as well."""
    if case.labels and case.labels[0].name == "amr_wb_framing" and np.sqrt((case.got**2).mean()) < 10 ** (-60 / 20):
        return replace(case, labels=(replace(case.labels[0], same=("silence",)),))
    return case
