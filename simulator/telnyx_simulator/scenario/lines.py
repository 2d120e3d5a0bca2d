"""What the network does to a call: planes, presets and impairments (`docs/scenario-language.md` 3.5).

A plane is as the network has it: frames of the telephone side (`pstn`) are lost or late; nothing is lost of the
WebSocket, which is TCP, but it stalls and bursts. All of the grammar is read here; what is not in `BUILT` is refused.
"""

from collections.abc import Mapping as Table
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.scenario import clip_words, units
from telnyx_simulator.scenario.complaints import Mark, Page, closest, hint, not_built_yet, quoted, spoken
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.reading import elements, read
from telnyx_simulator.scenario.types import enum_schema, one_word_of, shown
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, Sequence, is_nothing, used_at

PSTN: Final = "pstn"
WEBSOCKET: Final = "websocket"
BOTH: Final = "both"
TOWARD: Final = ("application", "far_end", BOTH)
_SHAPES: Final = ("uniform", "normal", "pareto")

# Presets and impairments that this version plays, on either plane.
BUILT: Final = frozenset({"clean", "cut"})


def _only_true(value: object) -> bool:
    if value is not True:
        raise ValueError(f"true is expected here, found {shown(value)}; without 'toward' the word alone will do")
    return True


Toward = Annotated[str, BeforeValidator(one_word_of("direction", TOWARD)), enum_schema(TOWARD)]
Distribution = Annotated[str, BeforeValidator(one_word_of("distribution", _SHAPES)), enum_schema(_SHAPES)]
# An impairment that has no amount: the word alone, or `{cut: true, toward: far_end}`.
Whole = Annotated[bool, BeforeValidator(_only_true), WithJsonSchema({"const": True})]


class Impairment(Form):
    """One impairment: its own key says how much, the others how."""

    toward: Toward = Field(BOTH, description="Whose sound it is done to: what the application gets, the far end, both.")


class Loss(Impairment):
    """Frames are lost."""

    knows = "loss"
    ratio: units.Share = Field(alias="loss", description="How many frames are lost.")
    burst_frames: units.Frames | None = Field(None, alias="burst", description="How many at one time, on average.")


class Jitter(Impairment):
    """Frames are late by more and by less."""

    knows = "jitter"
    jitter_ns: units.PositiveDuration = Field(alias="jitter", description="How far delays spread.")
    shape: Distribution | None = Field(None, description="How delays are distributed.")


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


class Echo(Impairment):
    """What is said comes back."""

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


class Cut(Impairment):
    """Nothing gets through any more."""

    knows = "cut"
    whole: Whole = Field(alias="cut")


class Stall(Impairment):
    """Nothing gets through for a while, then all of it at one time."""

    knows = "stall"
    stall_ns: units.PositiveDuration = Field(alias="stall", description="For how long.")
    every_ns: units.PositiveDuration | None = Field(None, alias="every", description="How often; once if missing.")


class Bandwidth(Impairment):
    """No more than this gets through."""

    knows = "bandwidth"
    kbit_per_s: units.Bandwidth = Field(alias="bandwidth", description="How much.")


class SlowReader(Impairment):
    """We read what the application sends no faster than this."""

    knows = "slow_reader"
    kbit_per_s: units.Bandwidth = Field(alias="slow_reader", description="How fast.")


class HalfOpen(Impairment):
    """We are gone, and no packet says so."""

    knows = "half_open"
    whole: Whole = Field(alias="half_open")


PRESETS: Final[Table[str, tuple[str, ...]]] = {
    PSTN: ("clean", "good", "mobile", "bad", "storm"),
    WEBSOCKET: ("clean", "stalls", "thin"),
}
IMPAIRMENTS: Final[Table[str, Table[str, type[Impairment]]]] = {
    PSTN: {
        "loss": Loss,
        "jitter": Jitter,
        "delay": Delay,
        "reorder": Reorder,
        "duplicate": Duplicate,
        "skew": Skew,
        "noise": Noise,
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
        "half_open": HalfOpen,
        "cut": Cut,
    },
}
# What to write for those that need to know how much.
_EXAMPLES: Final = {
    "loss": "{loss: 3%}",
    "jitter": "{jitter: 20ms}",
    "delay": "{delay: 100ms}",
    "reorder": "{reorder: 2%}",
    "duplicate": "{duplicate: 1%}",
    "skew": "{skew: 50 ppm}",
    "noise": "{noise: ./street.wav, snr: 15 dB}",
    "echo": "{echo: 120ms, level: -20 dB}",
    "gain": "{gain: -10 dB}",
    "clip": "{clip: -6 dBFS}",
    "stall": "{stall: 400ms}",
    "bandwidth": "{bandwidth: 64 kbit/s}",
    "slow_reader": "{slow_reader: 64 kbit/s}",
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
    what = "preset" if kind in PRESETS[plane] else "impairment"
    return _built(kind, what, {"kind": kind, "toward": BOTH}, node.mark, page)


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
    return _built(kind, "impairment", {"kind": kind, "toward": form.toward, **parameters}, node.keys[kind], page)


def _built(kind: str, what: str, found: dict[str, JSON], mark: Mark, page: Page) -> dict[str, JSON] | None:
    if kind in BUILT:
        return found
    page.complain(mark, not_built_yet(kind, what))
    return None


def _complain_of_kind(kind: str, mark: Mark, plane: str, page: Page) -> None:
    other = WEBSOCKET if plane == PSTN else PSTN
    if kind in _kinds(other):
        page.complain(mark, f"{quoted(kind)} is of the other plane: {{{other}: {_EXAMPLES.get(kind, kind)}}}")
        return
    meant = closest(kind, _kinds(plane))
    guess = f"; did you mean '{meant}'?" if meant else ""
    page.complain(mark, f"unknown impairment {quoted(kind)}{guess} ({', '.join(_kinds(plane))})")
