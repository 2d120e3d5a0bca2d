"""Words that scenarios and reports share with the checks: the standing checks, and the measures with their units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# id -> what it claims of every run (`docs/scenario-language.md` 3.6).
STANDING: Final[Mapping[str, str]] = {
    "webhooks_acknowledged": "every genuine delivery is answered with 2xx in time",
    "commands_accepted": "every command is one that Telnyx takes",
    "status_mapped": "the application reports each call as it ended",
    "sound_clean": "the sound is clean: SNR of matched frames, gain, gaps, companding law",
    "messages_valid": "each stream message is well-formed, in the codec asked for, 20 ms to 30 s",
    "legs_ended": "no leg and no stream is left once the run has settled",
    "calls_separate": "no call hears another",
    "stays_local": "it speaks REST to the simulator, and to nobody else",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """`unit` is `s` (written as a duration), `ratio` (as a percentage), `dB`, `count` or `score`. `says` defines it."""

    unit: str
    says: str


# Each is taken over the whole run; of several values (several replies, several legs) `min` and `max` bound every one
# unless `percentile` chooses.
MEASURES: Final[Mapping[str, Measure]] = {
    "first_audio": Measure("s", "from the answer of a leg to the first sound that its person hears"),
    "response": Measure("s", "from the end of what a person said to the next sound that they hear"),
    "latency": Measure("s", "from a sound said to the same sound heard back, for applications that echo"),
    "barge_in": Measure("s", "from the first sound of a barge-in until the application's sound stops being heard"),
    "acknowledgement": Measure("s", "from the sending of a webhook to the application's reply"),
    "answer_time": Measure("s", "from the first webhook of an incoming call to the application's answer"),
    "gaps": Measure("s", "the silence inserted into a sound that is heard, the longest of each sound"),
    "static": Measure("s", "sound heard that was mixed up between A-law and mu-law"),
    "message_duration": Measure("s", "the sound in one media message of the application"),
    "loss": Measure(
        "ratio", "the part of a sound said that is missing from it as heard, the line's own share taken off"
    ),
    "answered": Measure("ratio", "the part of the legs that was answered"),
    "snr": Measure("dB", "the SNR of matched frames of each sound that is heard"),
    "gain": Measure("dB", "how much louder a sound is heard than it was said"),
    "own_voice": Measure("dB", "the level of a person's own voice in what they hear, relative to what they said"),
    "leakage": Measure("dB", "the level of another call's voice in what a person hears, relative to what was said"),
    "underruns": Measure("count", "how often a talkspurt of the application ran dry and went on within 200 ms"),
}

# What the language has beside these: they need the watermark's frame code, a transmission rating, or many runs.
MEASURES_NOT_BUILT: Final = ("duplicates", "reorder", "mos", "passed")
