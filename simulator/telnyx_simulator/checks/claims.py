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
    "legs_ended": "no leg, stream or conference is left, and no recording runs on, once the run has settled",
    "calls_separate": "no call hears another",
    "stays_local": "it speaks REST to the simulator, and to nobody else",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """`unit` is `s` (written as a duration), `ratio` (as a percentage), `dB`, `count` or `score`.

    `says` defines it in a sentence, `formula` says how it is computed: `t(...)` is a moment of the run, in seconds.
    """

    unit: str
    says: str
    formula: str


# Each is taken over the whole run; of several values (several replies, several legs) `min` and `max` bound every one
# unless `percentile` chooses. What did not come while there was time for it counts as at least that time.
MEASURES: Final[Mapping[str, Measure]] = {
    "first_audio": Measure(
        "s",
        "from the answer of a leg to the first sound that its person hears",
        "t(first talkspurt heard) - t(answered), for each leg that was answered",
    ),
    "response": Measure(
        "s",
        "from the end of what a person said to the next sound that they hear",
        "t(next talkspurt heard) - t(last sound of the clip said), for each clip after which there was silence",
    ),
    "latency": Measure(
        "s",
        "from a sound said to the same sound heard back, for applications that echo",
        "t(first matched frame heard) - t(the same frame said), for each clip, and each 8 s of a microphone's sound",
    ),
    "barge_in": Measure(
        "s",
        "from the first sound of a barge-in until the application's sound stops being heard",
        "t(end of the talkspurt under way, or its replacement by the echo) - t(first sound of the barge-in)",
    ),
    "acknowledgement": Measure(
        "s",
        "from the sending of a webhook to the application's reply",
        "t(reply) - t(request sent), for each attempt that reached the application",
    ),
    "answer_time": Measure(
        "s",
        "from the first webhook of an incoming call to the application's answer",
        "t(command answer) - t(first attempt of call.initiated), for each incoming leg",
    ),
    "gaps": Measure(
        "s",
        "the silence inserted into a sound that is heard, the longest of each sound",
        "max over the sound of lag(after) - lag(before), where the lag of matched frames rises by 5 ms or more",
    ),
    "static": Measure(
        "s",
        "sound heard that is static, as of a mix-up of A-law and mu-law or of bytes that are no samples",
        "sum over a leg of the seconds of sound with a median spectral flatness above 0.1 and above -45 dBFS, without "
        "known sounds that are healthy",
    ),
    "message_duration": Measure(
        "s",
        "the sound in one media message of the application",
        "bytes of the payload / (bytes a sample * sample rate of the codec asked for)",
    ),
    "loss": Measure(
        "ratio",
        "the part of a sound said that is missing from it as heard, the line's own share taken off",
        "1 - (t(last matched) - t(first matched) - gaps - muted) / length of what the application was sent of it "
        "and had the time to be heard; a pause behind the last matched counts as matched",
    ),
    "duplicates": Measure(
        "ratio",
        "the part of the frames heard that were heard before, for applications that echo; the line's own share is off",
        "frames heard more often than the application was sent them / frames of 20 ms heard that can be told from all "
        "others; a frame is told by its correlation with each frame sent in the 5 s before",
    ),
    "reorder": Measure(
        "ratio",
        "the part of the frames heard that come after one that was sent later, for applications that echo; the line's "
        "own share is off",
        "frames behind a later one, in the order of sending or in that of saying, whichever is kept better (RFC 4737) "
        "/ frames of 20 ms heard that can be told from all others",
    ),
    "answered": Measure("ratio", "the part of the legs that was answered", "legs answered / legs"),
    "snr": Measure(
        "dB",
        "the SNR of matched frames of each sound that is heard",
        "10 lg(|gain * clip|^2 / |heard - gain * clip|^2) over matched active frames in 300-3400 Hz; 0 where it is not "
        "recognizable",
    ),
    "gain": Measure(
        "dB",
        "how much louder a sound is heard than it was said",
        "20 lg(<clip, heard> / <clip, clip>) over matched active frames in 300-3400 Hz",
    ),
    "correlation": Measure(
        "score",
        "how much a sound that is heard resembles what was said, from 0 to 1, whatever its level",
        "<clip, heard> / sqrt(<clip, clip> <heard, heard>) over matched active frames in 300-3400 Hz; a healthy path "
        "has 0.93 and more, G.711, G.722 and L16 have 0.99",
    ),
    "clipping": Measure(
        "ratio",
        "the part of a sound heard whose tops are cut flat, beyond what was so when it was said",
        "samples beside one another within 1.5% of the largest / samples, less the same of what was said; 0 up to 4 "
        "times the latter. More than 0.2% is a fault of sound_clean",
    ),
    "dc": Measure(
        "ratio",
        "the constant part of a sound heard, beyond what it had when it was said",
        "|mean(heard) - mean(said)| / 32768, or |mean(heard)| / 32768 if that is less. More than 1% is a fault of "
        "sound_clean",
    ),
    "bandwidth": Measure(
        "dB",
        "how much of a sound above 4 kHz is left, where it is said and heard at 16 kHz or more",
        "20 lg of the gain in 4.3-7 kHz over that in 0.3-3.4 kHz, each <said, heard> / <said, said> over half seconds "
        "that hold such sound. Below -20 dB is a fault of sound_clean",
    ),
    "byte_exact": Measure(
        "ratio",
        "the part of a sound that an application says back byte for byte, where it hears and speaks the same codec",
        "frames of 20 ms said that are found in what came back, in order / frames said that hold sound; mu-law's zeros "
        "0x7F and 0xFF count as one",
    ),
    "own_voice": Measure(
        "dB",
        "how loud a person hears themself: the level of their own voice in what they hear, relative to what they said",
        "20 lg(weighted <said, heard> / <said, said>) at the lag of up to 5 s that has most of it, for each 8 s; where "
        "the voice was cut up, 20 lg of the share of frames heard that are its; else at most the floor. "
        "Whoever echoes has about 0 dB; that the application hears itself is the fault of this name",
    ),
    "leakage": Measure(
        "dB",
        "the level of another call's voice in what a person hears, relative to what was said",
        "as own_voice, of what was said on another call and not on this one",
    ),
    "underruns": Measure(
        "count",
        "how often a talkspurt of the application ran dry and went on within 200 ms",
        "underruns of the jitter buffer, for each leg that heard a talkspurt; those that the line made are not counted",
    ),
    "pace": Measure(
        "ratio",
        "how fast the application sends while it speaks: 100% keeps up with real time, less is too slow",
        "sound played / (sound played + silence heard because the queue ran dry in a talkspurt), for each stream; the "
        "line's share of that silence is taken off",
    ),
    "queued": Measure(
        "s",
        "how far ahead of real time the application sends: the most sound that waited to be heard",
        "max over the stream of the sound received and not yet played; what waits plays on unless `clear` drops it. "
        "What the line brings in a bunch is taken off",
    ),
    "mos": Measure(
        "score",
        "what people would make of the connection, from 1 (bad) to 4.41 (the best telephone)",
        "MOS = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6, with R = 93.2 - Idd - Ie of ITU-T G.107: "
        "Ie = 95 P / (P / BurstR + 4.3) for P percent of the sound inserted, dropped, muted or run dry, in bursts "
        "BurstR times as long as by chance; Idd for half of the time in which a sound comes back, or for the time that "
        "a talkspurt waits before it is played. Up to 100 ms one way cost nothing",
    ),
}

# What the language has beside these: it needs many runs.
MEASURES_NOT_BUILT: Final = ("passed",)
