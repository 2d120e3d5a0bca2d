"""Lines as they are in the world: presets of impairments, each with where it comes from.

No table of "the" loss of telephone lines is published that one could cite; the figures are those that the literature
of packet loss works with (Gilbert-Elliott, with loss and mean burst), the choice of them is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from telnyx_simulator.facts.evidence import Evidence

MS_NS: Final = 1_000_000

# The level that speech is at in the library, and that `snr` of a noise counts from (ITU-T P.56 levels of -26 to -20).
NOMINAL_SPEECH_DBFS: Final = -23.0
# Precise dial tone of North America (ITU-T E.180 supplement 2), at a usual level (assumed).
DIAL_TONE_HZ: Final = (350, 440)
DIAL_TONE_DBFS: Final = -25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """`impairments` are as a scenario has them, normalised; the evidence and source are of the figures."""

    meaning: str
    impairments: tuple[Mapping[str, Any], ...]
    evidence: Evidence
    source: str


PRESETS: Final[Mapping[str, Mapping[str, Preset]]] = {
    "pstn": {
        "clean": Preset(meaning="nothing is done", impairments=(), evidence=Evidence.ASSUMED, source="by definition"),
        "good": Preset(
            meaning="a managed line: one frame in a thousand is lost, 5 ms of jitter",
            impairments=(
                {"kind": "loss", "ratio": 0.001},
                {"kind": "jitter", "jitter_ns": 5 * MS_NS, "shape": "normal"},
            ),
            evidence=Evidence.ASSUMED,
            source="suggested in the study of audio, 5.2; jitter after ITU-T G.1050, profile A (recalled)",
        ),
        "mobile": Preset(
            meaning="a mobile: 1 % is lost, two frames in a row on average, 10 ms of jitter",
            impairments=(
                {"kind": "loss", "ratio": 0.01, "burst_frames": 2.0},
                {"kind": "jitter", "jitter_ns": 10 * MS_NS, "shape": "normal"},
            ),
            evidence=Evidence.ASSUMED,
            source="suggested in the study of audio, 5.2; jitter after ITU-T G.1050, profile B (recalled)",
        ),
        "bad": Preset(
            meaning="an unmanaged line: 5 % is lost, four frames in a row on average, 30 ms of correlated jitter",
            impairments=(
                {"kind": "loss", "ratio": 0.05, "burst_frames": 4.0},
                {"kind": "jitter", "jitter_ns": 30 * MS_NS, "shape": "normal", "correlation": 0.5},
            ),
            evidence=Evidence.ASSUMED,
            source="suggested in the study of audio, 5.2; jitter after ITU-T G.1050, profile C (recalled)",
        ),
        "storm": Preset(
            meaning="clean, but for half a second in ten in which three frames in ten are lost",
            impairments=(
                {"kind": "loss", "ratio": 0.0143, "burst_frames": 25.0, "density": 0.3},
                {"kind": "jitter", "jitter_ns": 5 * MS_NS, "shape": "normal"},
            ),
            evidence=Evidence.REPORTED,
            source="sparse bursts of 30 % loss, Telchemy's contribution, in the study of audio, 5.2",
        ),
    },
    "websocket": {
        "clean": Preset(meaning="nothing is done", impairments=(), evidence=Evidence.ASSUMED, source="by definition"),
        "stalls": Preset(
            meaning="every 5 s nothing gets through for 400 ms, then all of it at one time",
            impairments=({"kind": "stall", "stall_ns": 400 * MS_NS, "every_ns": 5000 * MS_NS},),
            evidence=Evidence.ASSUMED,
            source="a lost segment of TCP: 200 ms of retransmission timeout on Linux (RFC 6298: 1 s), twice",
        ),
        "thin": Preset(
            meaning="256 kbit/s each way: enough for one stream of PCMU as JSON (144 kbit/s), and little more",
            impairments=({"kind": "bandwidth", "kbit_per_s": 256.0},),
            evidence=Evidence.ASSUMED,
            source="reckoned: 20 ms of PCMU are 216 octets of base64 and some 140 of JSON",
        ),
    },
}
