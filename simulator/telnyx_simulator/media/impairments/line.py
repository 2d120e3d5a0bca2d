"""One direction of a leg's telephone line, from a tick on: impairments of a scenario, made into what they do."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np

from telnyx_simulator.audio.noise import comfort_noise
from telnyx_simulator.audio.signals import level_dbfs, resample, tone
from telnyx_simulator.audio.telephone_band import RATE_HZ
from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.lines import DIAL_TONE_DBFS, DIAL_TONE_HZ, NOMINAL_SPEECH_DBFS, PRESETS
from telnyx_simulator.media.impairments.clipping import Clipping
from telnyx_simulator.media.impairments.cut import Cut
from telnyx_simulator.media.impairments.delay import Delay
from telnyx_simulator.media.impairments.dtx import Dtx
from telnyx_simulator.media.impairments.duplicate import Duplicate
from telnyx_simulator.media.impairments.echo import Echo
from telnyx_simulator.media.impairments.fates import FRAME_US, NONE, Fates
from telnyx_simulator.media.impairments.gain import Gain
from telnyx_simulator.media.impairments.jitter import Jitter
from telnyx_simulator.media.impairments.loss import Loss
from telnyx_simulator.media.impairments.noise import Noise
from telnyx_simulator.media.impairments.pattern import Pattern
from telnyx_simulator.media.impairments.reorder import Reorder
from telnyx_simulator.media.impairments.skew import Skew
from telnyx_simulator.media.impairments.sound import Alteration, Moment, Samples
from telnyx_simulator.media.impairments.spike import Spike
from telnyx_simulator.media.sources import Sound

APPLICATION: Final = "application"
FAR_END: Final = "far_end"
BOTH: Final = "both"
_MADE_OF_NOISE: Final = ("comfort_noise", "dtx")

# Frames planned at one time: 5 s.
BLOCK: Final = 250

Parameters = dict[str, Any]
Plan = Callable[[int, int], Fates]


class OfFrames(Protocol):
    """An impairment that writes fates; blocks come in order."""

    def apply(self, fates: Fates) -> None: ...


def expanded(impairments: Iterable[Mapping[str, Any]], plane: str) -> list[Parameters]:
    """Presets written out, each impairment of one toward the ends that the preset is for."""
    found: list[Parameters] = []
    for one in impairments:
        if one["kind"] in PRESETS[plane]:
            toward = one.get("toward", BOTH)
            found += [{"toward": toward} | dict(part) for part in PRESETS[plane][one["kind"]].impairments]
        else:
            found.append(dict(one))
    return found


def keyed(impairments: Iterable[Parameters], draws: Draws) -> list[Parameters]:
    """With the `key` of what noise they make, so that who repeats them makes the same; one that is there stays."""
    return [
        {"key": draws.octets(one["kind"], n, size=32).hex()} | one if one["kind"] in _MADE_OF_NOISE else one
        for n, one in enumerate(impairments)
    ]


def _noise_of(one: Mapping[str, Any], end: str, dbfs: float) -> Callable[[int], Samples]:
    """Comfort noise; another in each direction."""
    key = hashlib.sha256(f"{one.get('key', '')} {end}".encode()).digest()
    return _at_level(comfort_noise(key, 10.0), RATE_HZ, dbfs)


def toward(end: str, impairments: Iterable[Mapping[str, Any]]) -> list[Parameters]:
    """Those that are done to what this end gets."""
    return [dict(one) for one in impairments if one.get("toward", BOTH) in (end, BOTH)]


class Way:
    """What becomes of frames toward one end from `from_tick` on. `impairments` are expanded.

    `sounds` are the clips that impairments name. With `recorded`, fates come from there: a replay. What has been
    planned stands in `news` until somebody takes it.
    """

    def __init__(
        self,
        impairments: Sequence[Mapping[str, Any]],
        end: str,
        *,
        from_tick: int,
        draws: Draws,
        sounds: Mapping[str, Sound],
        recorded: Plan | None = None,
    ) -> None:
        self.news: list[Fates] = []
        self.is_cut = any(one["kind"] == "cut" for one in impairments)
        self._frames: list[OfFrames] = []
        self._sound: list[Alteration] = []
        self._recorded = recorded
        counts: dict[str, int] = {}
        for one in impairments:
            kind = one["kind"]
            counts[kind] = counts.get(kind, 0) + 1
            own = draws.within("line", end, kind, str(counts[kind]))
            made = _of_frames(one, own, end)
            if made is not None:
                self._frames.append(made)
            else:
                self._sound.append(_of_sound(one, end, sounds, from_tick))
        self._first = self._end = from_tick
        self._lost: list[bool] = []
        self._delay_us: list[int] = []
        self._copy_us: list[int] = []

    @property
    def moves_frames(self) -> bool:
        return bool(self._frames)

    @property
    def changes_sound(self) -> bool:
        return bool(self._sound)

    def fate(self, tick: int) -> tuple[bool, int, int]:
        """Whether the frame of a tick is lost; how late it is, and its copy (`NONE`: there is none), in us."""
        if tick >= self._end:
            self._plan(tick)
        at = tick - self._first
        return self._lost[at], self._delay_us[at], self._copy_us[at]

    def buffer_ticks(self) -> int:
        """How much later a phone plays that waits for 99 of 100 frames, as one does that adapts its buffer."""
        if not self._frames:
            return 0
        if self._end == self._first:
            self._plan(self._first)
        came = [late for late, lost in zip(self._delay_us, self._lost, strict=True) if not lost]
        return -(-int(np.percentile(came, 99, method="lower")) // FRAME_US) if came else 0

    def altered(self, samples: Samples, moment: Moment) -> Samples | None:
        found: Samples | None = samples
        for one in self._sound:
            if found is None:
                return None
            found = one.apply(found, moment)
        return found

    def _plan(self, tick: int) -> None:
        while tick >= self._end:
            fates = self._recorded(self._end, BLOCK) if self._recorded else Fates.of(self._end, BLOCK)
            if self._recorded is None:
                for one in self._frames:
                    one.apply(fates)
            self.news.append(fates)
            self._first, self._end = fates.first, fates.first + len(fates)
        self._lost, self._delay_us, self._copy_us = (
            fates.lost.tolist(),
            fates.delay_us.tolist(),
            fates.copy_us.tolist(),
        )


def _of_frames(one: Mapping[str, Any], draws: Draws, end: str) -> OfFrames | None:
    match one["kind"]:
        case "loss":
            return Loss(
                draws,
                ratio=one["ratio"],
                burst=one.get("burst_frames"),
                density=one.get("density"),
                isolated=one.get("isolated"),
            )
        case "loss_pattern":
            return Pattern(lost=one["pattern"])
        case "jitter":
            return Jitter(
                draws,
                jitter_ns=one["jitter_ns"],
                shape=one.get("shape") or "normal",
                correlation=one.get("correlation") or 0.0,
            )
        case "spike":
            return Spike(draws, spike_ns=one["spike_ns"], share=one["share"])
        case "delay":
            return Delay(delay_ns=one["delay_ns"])
        case "reorder":
            return Reorder(draws, ratio=one["ratio"])
        case "duplicate":
            return Duplicate(draws, ratio=one["ratio"])
        case "skew":
            return Skew(ppm=one["ppm"], repeats=end == APPLICATION)
        case "cut":
            return Cut()
    return None


def _of_sound(one: Mapping[str, Any], end: str, sounds: Mapping[str, Sound], from_tick: int) -> Alteration:
    match one["kind"]:
        case "gain":
            return Gain(gain_db=one["gain_db"])
        case "clip":
            return Clipping(level_dbfs=one["level_dbfs"])
        case "echo":
            return Echo(delay_ns=one["delay_ns"], level_db=one["level_db"])
        case "noise":
            sound = sounds[one["clip"]]
            return Noise(_at_level(sound.pcm, sound.sample_rate_hz, NOMINAL_SPEECH_DBFS - one["snr_db"]))
        case "comfort_noise":
            return Noise(_noise_of(one, end, one["level_dbfs"]))
        case "dial_tone":
            pcm = sum(
                (tone(hz, 1.0, DIAL_TONE_DBFS - 3.0).astype(np.float64) for hz in DIAL_TONE_HZ), np.zeros(RATE_HZ)
            )
            made = _at_level(pcm, RATE_HZ, DIAL_TONE_DBFS)
            return Noise(made, from_tick=from_tick, ticks=-(-one["lasts_ns"] // (FRAME_US * 1000)))
        case "dtx":
            fill = one.get("fill_dbfs")
            return Dtx(fill=None if fill is None else _noise_of(one, end, fill))
        case kind:
            raise ValueError(f"unknown impairment of a telephone line: {kind}")


def _at_level(pcm: Any, rate_hz: int, dbfs: float) -> Callable[[int], Samples]:
    """A sound at an active level, at whatever rate it is wanted."""
    whole = np.asarray(pcm, np.float64)
    factor = 10 ** ((dbfs - level_dbfs(whole.astype(np.int16), rate_hz)) / 20)

    def at(wanted_hz: int) -> Samples:
        return resample(whole.astype(np.int16), rate_hz, wanted_hz).astype(np.float64) * factor

    return at


def is_late(delay_us: int, copy_us: int) -> bool:
    """Whether a frame that is not lost is anything but in time, once."""
    return delay_us > 0 or copy_us != NONE


__all__ = ["APPLICATION", "BOTH", "FAR_END", "Way", "expanded", "is_late", "keyed", "toward"]
