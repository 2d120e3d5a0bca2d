"""What the network does to a call: planes, presets and impairments (`docs/scenario-language.md` 3.5).

A plane is as the network has it: frames of the telephone side (`pstn`) are lost or late; nothing is lost of the
WebSocket, which is TCP, but it stalls and bursts.
"""

import re
from collections.abc import Mapping as Table
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.facts import lines
from telnyx_simulator.media.impairments import loss
from telnyx_simulator.scenario import clip_words, types, units
from telnyx_simulator.scenario.complaints import Mark, Page, closest, hint, quoted, spoken
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.reading import elements, read
from telnyx_simulator.scenario.types import enum_schema, one_word_of, shown
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, Sequence, is_nothing, used_at

PSTN: Final = "pstn"
WEBSOCKET: Final = "websocket"
BOTH: Final = "both"
TOWARD: Final = ("application", "far_end", BOTH)
_SHAPES: Final = ("uniform", "normal", "pareto")

_LOST_AND_NOT: Final = r"[01]+"


def _only_true(value: object) -> bool:
    if value is not True:
        raise ValueError(f"true is expected here, found {shown(value)}; without 'toward' the word alone will do")
    return True


def _pattern(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(_LOST_AND_NOT, value, re.ASCII):
        raise ValueError(f'{shown(value)} is no pattern of losses; write it in quotes: "0001100"')
    return value


def _correlation(value: object) -> float:
    found = units.positive_ratio(value)
    if found >= 1:
        raise ValueError("a correlation is less than 100%")
    return found


Toward = Annotated[str, BeforeValidator(one_word_of("direction", TOWARD)), enum_schema(TOWARD)]
Distribution = Annotated[str, BeforeValidator(one_word_of("distribution", _SHAPES)), enum_schema(_SHAPES)]
Correlation = Annotated[float, BeforeValidator(_correlation), types.schema(units.PERCENTAGE, "50%")]
# An impairment that has no amount: the word alone, or `{cut: true, toward: far_end}`.
Whole = Annotated[bool, BeforeValidator(_only_true), WithJsonSchema({"const": True})]


class Impairment(Form):
    """One impairment: its own key says how much, the others how."""

    toward: Toward = Field(BOTH, description="Whose sound it is done to: what the application gets, the far end, both.")

    def mistake(self) -> str | None:
        """What is wrong with its figures together."""
        return None


class Loss(Impairment):
    """Frames are lost."""

    knows = "loss"
    ratio: units.Share = Field(alias="loss", description="How many frames are lost.")
    burst_frames: units.Frames | None = Field(None, alias="burst", description="How many at one time, on average.")
    density: units.Share | None = Field(None, description="How many frames of a burst are lost; all if missing.")
    isolated: units.Share | None = Field(None, description="How many of all frames are lost outside of bursts.")

    def mistake(self) -> str | None:
        return loss.why_not(ratio=self.ratio, burst=self.burst_frames, density=self.density, isolated=self.isolated)


class LossPattern(Impairment):
    """Frames are lost as a given trace has it, over and over."""

    knows = "loss_pattern"
    pattern: Annotated[str, BeforeValidator(_pattern), types.schema(_LOST_AND_NOT, "0001100")] = Field(
        alias="loss_pattern", description="One digit a frame: 0 is received, 1 is lost. To be quoted."
    )


class Jitter(Impairment):
    """Frames are late by more and by less."""

    knows = "jitter"
    jitter_ns: units.PositiveDuration = Field(alias="jitter", description="Their standard deviation.")
    shape: Distribution | None = Field(None, description="How delays are distributed; `normal` if missing.")
    correlation: Correlation | None = Field(None, description="How much a delay resembles the one before.")


class Spike(Impairment):
    """Now and then everything is held up for a moment, and then comes at one time."""

    knows = "spike"
    spike_ns: units.PositiveDuration = Field(alias="spike", description="For how long.")
    share: units.Share = Field(description="How many frames are the first of one.")


class Delay(Impairment):
    """Every frame is late by so much."""

    knows = "delay"
    delay_ns: units.PositiveDuration = Field(alias="delay", description="How late.")


class Reorder(Impairment):
    """Frames change places with their neighbours."""

    knows = "reorder"
    ratio: units.Share = Field(alias="reorder", description="How many frames are out of order.")


class Duplicate(Impairment):
    """Frames come twice."""

    knows = "duplicate"
    ratio: units.Share = Field(alias="duplicate", description="How many frames come twice.")


class Skew(Impairment):
    """The far end's clock runs faster or slower."""

    knows = "skew"
    ppm: units.Skew = Field(alias="skew", description="By how much, in millionths.")


class Noise(Impairment):
    """Sound of the surroundings is mixed in."""

    knows = "noise"
    clip: clip_words.Clip = Field(alias="noise", description="The sound, over and over.")
    snr_db: units.Difference = Field(alias="snr", description="How much quieter it is than what is said.")


class ComfortNoise(Impairment):
    """The noise of a line is mixed in."""

    knows = "comfort_noise"
    level_dbfs: units.Level = Field(alias="comfort_noise", description="How loud it is.")


class DialTone(Impairment):
    """A dial tone is heard at the beginning, as where a gateway opens the line too early."""

    knows = "dial_tone"
    lasts_ns: units.PositiveDuration = Field(alias="dial_tone", description="For how long.")


class Echo(Impairment):
    """What was said in the other direction comes back."""

    knows = "echo"
    delay_ns: units.PositiveDuration = Field(alias="echo", description="How much later.")
    level_db: units.Difference = Field(alias="level", description="How loud, relative to what was said.")


class Gain(Impairment):
    """Sound is louder or quieter."""

    knows = "gain"
    gain_db: units.Difference = Field(alias="gain", description="By how much.")


class Clipping(Impairment):
    """Sound louder than this is cut off."""

    knows = "clip"
    level_dbfs: units.Level = Field(alias="clip", description="The greatest level that is left.")


class Dtx(Impairment):
    """No frames are sent while nobody speaks."""

    knows = "dtx"
    whole: Whole = Field(alias="dtx")
    fill_dbfs: units.Level | None = Field(None, alias="fill", description="Comfort noise of this level instead.")


class Cut(Impairment):
    """Nothing gets through any more."""

    knows = "cut"
    whole: Whole = Field(alias="cut")


class Stall(Impairment):
    """Nothing gets through for a while, then all of it at one time."""

    knows = "stall"
    stall_ns: units.PositiveDuration = Field(alias="stall", description="For how long.")
    every_ns: units.PositiveDuration | None = Field(None, alias="every", description="How often; once if missing.")

    def mistake(self) -> str | None:
        is_endless = self.every_ns is not None and self.every_ns <= self.stall_ns
        return (
            "a stall that comes again before it is over is a cut line; 'every' must be longer" if is_endless else None
        )


class Bandwidth(Impairment):
    """No more than this gets through."""

    knows = "bandwidth"
    kbit_per_s: units.Bandwidth = Field(alias="bandwidth", description="How much.")


class SlowReader(Impairment):
    """We read what the application sends no faster than this."""

    knows = "slow_reader"
    kbit_per_s: units.Bandwidth = Field(alias="slow_reader", description="How fast.")


class LateAccept(Impairment):
    """The next WebSocket carries nothing for so long behind its handshake."""

    knows = "late_accept"
    late_ns: units.PositiveDuration = Field(alias="late_accept", description="For how long.")


class HalfOpen(Impairment):
    """We are gone, and no packet says so."""

    knows = "half_open"
    whole: Whole = Field(alias="half_open")


PRESETS: Final[Table[str, tuple[str, ...]]] = {plane: tuple(presets) for plane, presets in lines.PRESETS.items()}
IMPAIRMENTS: Final[Table[str, Table[str, type[Impairment]]]] = {
    PSTN: {
        "loss": Loss,
        "loss_pattern": LossPattern,
        "jitter": Jitter,
        "spike": Spike,
        "delay": Delay,
        "reorder": Reorder,
        "duplicate": Duplicate,
        "skew": Skew,
        "noise": Noise,
        "comfort_noise": ComfortNoise,
        "dial_tone": DialTone,
        "echo": Echo,
        "gain": Gain,
        "clip": Clipping,
        "dtx": Dtx,
        "cut": Cut,
    },
    WEBSOCKET: {
        "stall": Stall,
        "bandwidth": Bandwidth,
        "slow_reader": SlowReader,
        "late_accept": LateAccept,
        "half_open": HalfOpen,
        "cut": Cut,
    },
}
# What to write for those that need to know how much.
_EXAMPLES: Final = {
    "loss": "{loss: 3%}",
    "loss_pattern": '{loss_pattern: "0001100"}',
    "jitter": "{jitter: 20ms}",
    "spike": "{spike: 200ms, share: 0.2%}",
    "delay": "{delay: 100ms}",
    "reorder": "{reorder: 2%}",
    "duplicate": "{duplicate: 1%}",
    "skew": "{skew: 50 ppm}",
    "noise": "{noise: ./street.wav, snr: 15 dB}",
    "comfort_noise": "{comfort_noise: -60 dBFS}",
    "dial_tone": "{dial_tone: 500ms}",
    "echo": "{echo: 120ms, level: -20 dB}",
    "gain": "{gain: -10 dB}",
    "clip": "{clip: -6 dBFS}",
    "stall": "{stall: 400ms}",
    "bandwidth": "{bandwidth: 64 kbit/s}",
    "slow_reader": "{slow_reader: 64 kbit/s}",
    "late_accept": "{late_accept: 2s}",
}


def read_line(node: Node, page: Page) -> dict[str, JSON]:
    """Plane -> list of `{"kind": str, "toward": str, ...parameters}`, as `script.Step` has it."""
    if isinstance(node, Mapping):
        return _planes(node, page)
    if isinstance(node, Scalar) and not is_nothing(node):
        return {PSTN: [found]} if (found := _word(node, PSTN, page)) else {}
    page.complain(node.mark, "a line is a preset such as 'mobile', or a mapping: {websocket: cut}")
    return {}


def _planes(node: Mapping, page: Page) -> dict[str, JSON]:
    planes: dict[str, JSON] = {}
    if not node.values:
        page.complain(node.mark, f"a line has the planes '{PSTN}' and '{WEBSOCKET}', one of them at least")
    for plane, inner in node.values.items():
        mark = node.keys[plane]
        if plane in PRESETS:
            planes[plane] = _plane(inner, plane, page)
            continue
        home = next((plane_ for plane_, kinds in IMPAIRMENTS.items() if plane in kinds), None)
        if home:
            page.complain(mark, f"{quoted(plane)} needs its plane before it: {{{home}: {_EXAMPLES.get(plane, plane)}}}")
        else:
            page.complain(mark, f"unknown plane {quoted(plane)}{hint(plane, tuple(PRESETS))}")
    return planes


def _plane(node: Node, plane: str, page: Page) -> list[dict[str, JSON]]:
    items = elements(node, page, f"the list under {quoted(plane)}") if isinstance(node, Sequence) else (node,)
    return [found for item in items if (found := _one(item, plane, page))]


def _one(node: Node, plane: str, page: Page) -> dict[str, JSON] | None:
    if isinstance(node, Mapping):
        return _impairment(node, plane, page)
    if isinstance(node, Scalar) and not is_nothing(node):
        return _word(node, plane, page)
    page.complain(node.mark, f"a preset or an impairment is expected here ({', '.join(_kinds(plane))})")
    return None


def words_of(plane: str) -> tuple[str, ...]:
    """What can stand alone: presets, and impairments that have no amount."""
    return tuple(kind for kind in _kinds(plane) if kind not in _EXAMPLES)


def _kinds(plane: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*PRESETS[plane], *IMPAIRMENTS[plane])))


def _word(node: Scalar, plane: str, page: Page) -> dict[str, JSON] | None:
    kind, mark = node.text, used_at(node)
    if kind in _EXAMPLES and kind in IMPAIRMENTS[plane]:
        page.complain(mark, f"how much {kind}? {_EXAMPLES[kind]}")
        return None
    if kind not in _kinds(plane):
        _complain_of_kind(kind, mark, plane, page)
        return None
    return {"kind": kind, "toward": BOTH}


def _impairment(node: Mapping, plane: str, page: Page) -> dict[str, JSON] | None:
    forms = IMPAIRMENTS[plane]
    found = [key for key in node.values if key in forms]
    if len(found) > 1:
        page.complain(node.mark, f"one impairment at a time, found {spoken(found)}; make them a list")
        return None
    if not found:
        kind = next((key for key in node.values if key != "toward"), None)
        if kind is None:
            page.complain(node.mark, f"an impairment is expected here ({', '.join(forms)})")
        elif kind in PRESETS[plane]:
            page.complain(node.keys[kind], f"{quoted(kind)} is a preset; it stands as a word, without parameters")
        else:
            _complain_of_kind(kind, node.keys[kind], plane, page)
        return None
    (kind,) = found
    form = read(forms[kind], node, page)
    if form is None:
        return None
    if plane == WEBSOCKET and form.toward != BOTH:
        page.complain(node.keys["toward"], "a WebSocket has one connection for both directions; leave 'toward' out")
        return None
    parameters = {name: value for name, value in form.given().items() if name not in ("toward", "whole")}
    if problem := form.mistake():
        page.complain(node.keys[kind], problem)
        return None
    return {"kind": kind, "toward": form.toward, **parameters}


def _complain_of_kind(kind: str, mark: Mark, plane: str, page: Page) -> None:
    other = WEBSOCKET if plane == PSTN else PSTN
    if kind in _kinds(other):
        page.complain(mark, f"{quoted(kind)} is of the other plane: {{{other}: {_EXAMPLES.get(kind, kind)}}}")
        return
    meant = closest(kind, _kinds(plane))
    guess = f"; did you mean '{meant}'?" if meant else ""
    page.complain(mark, f"unknown impairment {quoted(kind)}{guess} ({', '.join(_kinds(plane))})")
