"""Answering machine detection: what it can find, when it says so, and what it listens for after a machine.

Modes, results and settings: `spec` (telnyx-python 4.189, `call_dial_params.py`), and docs (the page of that name).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from telnyx_simulator.facts.evidence import Evidence, Known

# spec: what plain detection tells, and what premium detection does.
PLAIN: Final = ("human", "machine", "not_sure")
PREMIUM: Final = ("human_residence", "human_business", "machine", "silence", "fax_detected", "not_sure")
RESULTS: Final = ("human", *(result for result in PREMIUM if result != "human"))

# What the one kind says of a finding that only the other has a word for. Spec: long initial silence is a machine to the
# plain one; the others are assumed.
TO_PLAIN: Final[Mapping[str, str]] = {
    "human_residence": "human",
    "human_business": "human",
    "silence": "machine",
    "fax_detected": "machine",
}
TO_PREMIUM: Final[Mapping[str, str]] = {"human": "human_residence"}

# spec: defaults of the settings that the simulator goes by, in milliseconds. What it finds is told beforehand, so
# words, loudness and the shape of beeps decide nothing.
SETTINGS: Final[Mapping[str, int]] = {
    "total_analysis_time_millis": 3500,
    "after_greeting_silence_millis": 800,
    "greeting_duration_millis": 3500,
    "initial_silence_millis": 3500,
    "greeting_total_analysis_time_millis": 5000,
    "greeting_silence_duration_millis": 1500,
    # docs, and reported of calls; the SDK says 5000.
    "prompt_end_timeout_millis": 30_000,
}
# docs: premium detection gives up after 30 s.
PREMIUM_TOTAL_MS: Final = 30_000
# spec: the settings that premium detection takes; the last one only in its mode for call screening.
OF_PREMIUM: Final = ("total_analysis_time_millis", "greeting_duration_millis", "prompt_end_timeout_millis")

# docs: how long a beep is waited for once a machine is found. Reported: premium detection gives up 24 to 26 s after the
# answer.
BEEP_PATIENCE_MS: Final = 30_000
PREMIUM_BEEP_PATIENCE_MS: Final = 25_000


@dataclass(frozen=True, slots=True)
class Mode:
    """`hears_beep`, `hears_silence`, `hears_prompt`: what ends a machine's greeting."""

    is_premium: bool = False
    hears_beep: bool = False
    hears_silence: bool = False
    hears_prompt: bool = False


MODES: Final[Mapping[str, Mode]] = {
    "detect": Mode(),
    "detect_beep": Mode(hears_beep=True),
    "detect_words": Mode(hears_beep=True),
    "greeting_end": Mode(hears_beep=True, hears_silence=True),
    "premium": Mode(is_premium=True, hears_beep=True),
    "premium_ios_call_screening_detection": Mode(is_premium=True, hears_beep=True, hears_prompt=True),
}

_SDK: Final = "telnyx-python 4.189: call_dial_params"
_PAGE: Final = "docs: answering machine detection"
# What each rests on.
KNOWN: Final[dict[str, Known]] = {
    **{f"mode {name}": Known(Evidence.SPEC, _SDK) for name in MODES},
    **{f"setting {name}": Known(Evidence.SPEC, "openapi/spec3.yml: Dial") for name in SETTINGS},
    "setting prompt_end_timeout_millis": Known(Evidence.DOCS, f"{_PAGE}, 2026; the SDK has another default"),
    "premium total analysis time": Known(Evidence.DOCS, _PAGE),
    "settings that premium takes": Known(Evidence.SPEC, _SDK),
    "patience for a beep": Known(Evidence.DOCS, _PAGE),
    "patience of premium for a beep": Known(Evidence.REPORTED, "deliveries that a consumer looked at, 2026"),
    "a screening's prompt ends at the first pause": Known(
        Evidence.REPORTED, "deliveries that a consumer looked at, 2026"
    ),
    "plain result silence": Known(Evidence.SPEC, f"{_SDK}, initial_silence_millis"),
    "plain result fax_detected": Known(Evidence.ASSUMED, "nobody says what plain detection makes of a fax"),
    "premium result human": Known(Evidence.ASSUMED, "a person is at home unless the scenario says otherwise"),
    "a beep cuts speak, playback and gather": Known(Evidence.REPORTED, "deliveries of 2026; spec has the status"),
    "a beep before plain detection": Known(Evidence.ASSUMED, "as good as a proof of a machine"),
}
