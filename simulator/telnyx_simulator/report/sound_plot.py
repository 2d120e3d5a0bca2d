"""A picture of two sounds, what was said above what was heard: waveforms, spectrograms, the frame path, and events.

All panels share one axis of seconds, from the start of each file, so a delay shows as a shift to the right.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.signals import FULL_SCALE, resample
from telnyx_simulator.report.canvas import Anchor, Canvas, text_width
from telnyx_simulator.report.png import Color

Pcm = NDArray[np.int16]

WIDTH: Final = 1200
_LEFT, _RIGHT = 74, 24
_INNER: Final = WIDTH - _LEFT - _RIGHT
_TOP: Final = 116
_SPACE: Final = 40
_WAVE, _SPECTRUM, _PATH = 100, 150, 130
"""Heights of the panels."""

_INK: Final = (40, 44, 52)
_GRAY: Final = (120, 126, 136)
_GRID: Final = (226, 229, 233)
_PANEL: Final = (248, 249, 250)
_SAID: Final = (52, 101, 164)
_HEARD: Final = (46, 125, 80)
_COLORS: Final = ((200, 40, 40), (214, 122, 0), (132, 60, 160), (0, 128, 140), (150, 90, 40), (190, 30, 120))
"""Of kinds of events, in the order in which they come."""
_FLOOR_DB: Final = -70.0
_WINDOW: Final = 256
_EVENTS_MAX: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An event: where it lies in what was heard and in the reference, and how much of either it takes. Seconds.

    What was dropped takes nothing of what was heard, what was inserted nothing of the reference.
    """

    name: str
    heard_s: float
    heard_for_s: float
    reference_s: float
    reference_for_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """The frame path: for moments heard, the moment of the reference that was heard then. Seconds."""

    heard_s: NDArray[np.float64]
    reference_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """What is drawn. `title` is the verdict, `lines` say more of it; `said` and `heard` are samples and their rate."""

    title: str
    lines: tuple[str, ...]
    said: tuple[Pcm, int]
    heard: tuple[Pcm, int]
    marks: tuple[Mark, ...] = ()
    matched: Matched | None = None

    @property
    def seconds(self) -> float:
        return max(len(pcm) / rate_hz for pcm, rate_hz in (self.said, self.heard)) or 1.0

    @property
    def height(self) -> int:
        return _TOP + 2 * (_WAVE + _SPECTRUM + 2 * _SPACE) + _PATH + _SPACE + 12

    def color_of(self, name: str) -> Color:
        names = list(dict.fromkeys(mark.name for mark in self.marks))
        return _COLORS[names.index(name) % len(_COLORS)]


def draw(picture: Picture, canvas: Canvas) -> bytes:
    """The whole picture, in the canvas's form."""
    canvas.text(_LEFT, 30, picture.title, _INK, size=2)
    for n, line in enumerate(picture.lines[:2]):
        canvas.text(_LEFT, 50 + 16 * n, line, _GRAY, size=1)
    _legend(picture, canvas)
    y = float(_TOP)
    for name, sound, color, is_heard in (
        ("reference", picture.said, _SAID, False),
        ("heard", picture.heard, _HEARD, True),
    ):
        _panel(picture, canvas, y, _WAVE, f"{name}: waveform")
        _wave(picture, canvas, y, sound, color)
        _events(picture, canvas, y, _WAVE, is_heard=is_heard)
        y += _WAVE + _SPACE
        _panel(picture, canvas, y, _SPECTRUM, f"{name}: spectrogram, kHz")
        _spectrogram(picture, canvas, y, sound)
        _events(picture, canvas, y, _SPECTRUM, is_heard=is_heard)
        y += _SPECTRUM + _SPACE
    _path(picture, canvas, y)
    return canvas.finished()


def _x(picture: Picture, second: float) -> float:
    return _LEFT + _INNER * second / picture.seconds


def _legend(picture: Picture, canvas: Canvas) -> None:
    x = float(_LEFT)
    for name in dict.fromkeys(mark.name for mark in picture.marks):
        count = sum(mark.name == name for mark in picture.marks)
        words = f"{name} ({count})"
        canvas.box(x, 79, 10, 10, picture.color_of(name))
        canvas.text(x + 15, 88, words, _INK, size=1)
        x += 40 + text_width(words, 1) * 1.15


def _panel(picture: Picture, canvas: Canvas, y: float, height: float, name: str) -> None:
    canvas.box(_LEFT, y, _INNER, height, _PANEL)
    step = _step(picture.seconds, 12)
    for n in range(int(picture.seconds / step + 1e-6) + 1):
        x = _x(picture, n * step)
        canvas.line(x, y, x, y + height, _GRID)
        unit = " s" if n == 0 else ""
        canvas.text(x, y + height + 13, f"{n * step:g}{unit}", _GRAY, size=1, anchor=Anchor.MIDDLE)
    canvas.text(_LEFT, y - 5, name, _INK, size=1)


def _step(span: float, most: int) -> float:
    """The roundest step of which at most so many fit."""
    least = span / most
    power = 10.0 ** np.floor(np.log10(max(least, 1e-6)))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= least))


def _wave(picture: Picture, canvas: Canvas, y: float, sound: tuple[Pcm, int], color: Color) -> None:
    pcm, rate_hz = sound
    middle, half = y + _WAVE / 2, _WAVE / 2 - 2
    canvas.line(_LEFT, middle, _LEFT + _INNER, middle, _GRID)
    for level in (1.0, -1.0):
        canvas.text(_LEFT - 6, middle - level * half + 4, f"{level:g}", _GRAY, size=1, anchor=Anchor.END)
    count = min(_INNER, round(_INNER * len(pcm) / rate_hz / picture.seconds))
    if len(pcm) == 0 or count < 1:
        return
    edges = np.linspace(0, len(pcm), count + 1).astype(int)[:-1]
    highest = np.maximum.reduceat(pcm, edges) / FULL_SCALE
    lowest = np.minimum.reduceat(pcm, edges) / FULL_SCALE
    canvas.columns(_LEFT, middle - half * highest, middle - half * lowest, color)


def _spectrogram(picture: Picture, canvas: Canvas, y: float, sound: tuple[Pcm, int]) -> None:
    rate_hz = 16000 if max(picture.said[1], picture.heard[1]) >= 16000 else 8000
    pcm = resample(sound[0], sound[1], rate_hz).astype(np.float64)
    for khz in range(0, rate_hz // 2000 + 1, 1 if rate_hz == 8000 else 2):
        at = y + _SPECTRUM * (1 - khz * 2000 / rate_hz)
        canvas.text(_LEFT - 6, at + 4, f"{khz}", _GRAY, size=1, anchor=Anchor.END)
    count = min(_INNER, round(_INNER * len(pcm) / rate_hz / picture.seconds))
    if count < 1:
        return
    padded = np.pad(pcm, _WINDOW // 2)
    starts = np.linspace(0, max(len(pcm) - 1, 0), count).astype(int)
    frames = padded[starts[:, None] + np.arange(_WINDOW)] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 / (FULL_SCALE * _WINDOW / 4) ** 2
    levels = np.clip(10 * np.log10(power + 1e-12), _FLOOR_DB, -10.0)
    rows = np.linspace(_WINDOW // 2, 0, _SPECTRUM).astype(int)
    shades = (levels[:, rows].T - _FLOOR_DB) / (-10.0 - _FLOOR_DB) * (len(_PALETTE) - 1)
    canvas.image(_LEFT, y, np.rint(shades).astype(np.uint8), _PALETTE)


def _shade(level: float) -> Color:
    """From the panel's own gray by blue to nearly black."""
    stops = np.array([_PANEL, (190, 214, 236), (74, 138, 196), (24, 60, 120), (10, 12, 40)], np.float64)
    place = level * (len(stops) - 1)
    below = min(int(place), len(stops) - 2)
    mixed = stops[below] + (stops[below + 1] - stops[below]) * (place - below)
    return (int(mixed[0]), int(mixed[1]), int(mixed[2]))


_PALETTE: Final = tuple(_shade(n / 63) for n in range(64))


def _events(picture: Picture, canvas: Canvas, y: float, height: float, *, is_heard: bool) -> None:
    """A line at each event, and a bar below it over what it lasts."""
    for mark in picture.marks[:_EVENTS_MAX]:
        at_s, for_s = (mark.heard_s, mark.heard_for_s) if is_heard else (mark.reference_s, mark.reference_for_s)
        x, end = (_x(picture, min(max(second, 0.0), picture.seconds)) for second in (at_s, at_s + for_s))
        color = picture.color_of(mark.name)
        canvas.line(x, y, x, y + height, color, is_dashed=True)
        if for_s:
            canvas.box(x, y + height - 4, max(end - x, 3), 4, color)


def _path(picture: Picture, canvas: Canvas, y: float) -> None:
    """Delay of what was heard behind the reference, over the time heard: level while all is well."""
    _panel(picture, canvas, y, _PATH, "frame path: delay in ms of what was heard, behind the reference (time heard)")
    matched = picture.matched
    if matched is None or len(matched.heard_s) == 0:
        canvas.text(
            _LEFT + _INNER / 2,
            y + _PATH / 2,
            "no frame of the reference was recognized",
            _GRAY,
            size=1,
            anchor=Anchor.MIDDLE,
        )
        return
    delays_ms = (matched.heard_s - matched.reference_s) * 1000
    low, high = float(delays_ms.min()), float(delays_ms.max())
    margin = max((high - low) * 0.1, 10.0)
    low, high = low - margin, high + margin
    step = _step(high - low, 5)
    for n in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1):
        at = y + _PATH * (1 - (n * step - low) / (high - low))
        canvas.line(_LEFT, at, _LEFT + _INNER, at, _GRID)
        canvas.text(_LEFT - 6, at + 4, f"{n * step:g}", _GRAY, size=1, anchor=Anchor.END)
    xs = _LEFT + _INNER * matched.heard_s / picture.seconds
    canvas.dots(xs, y + _PATH * (1 - (delays_ms - low) / (high - low)), _HEARD)
    _events(picture, canvas, y, _PATH, is_heard=True)
