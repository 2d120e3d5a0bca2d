"""The closed lists of the language: what this version has, what the language has beside it, and types made of both."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator

from telnyx_simulator.checks.claims import MEASURES, MEASURES_NOT_BUILT, STANDING
from telnyx_simulator.checks.expectations import JSON, Subject
from telnyx_simulator.facts import commands, detection, hangup_causes, media, signatures, webhooks
from telnyx_simulator.facts.assumptions import ASSUMPTIONS
from telnyx_simulator.facts.shapes import SHAPES
from telnyx_simulator.scenario import matchers, types
from telnyx_simulator.scenario.clip_words import HEARD
from telnyx_simulator.scenario.complaints import hint, quoted, unknown
from telnyx_simulator.scenario.script import Direction, Verb
from telnyx_simulator.sut.values import ABILITIES

VERBS: Final = tuple(Verb)
SUBJECTS: Final = tuple(Subject)
DIRECTIONS: Final = tuple(map(str, Direction))
STREAM_STATES: Final = ("opened", "started", "refused", "closed")
# Of the application's messages; `invalid` is any that Telnyx could not read.
MESSAGES: Final = ("media", "mark", "clear", "invalid")
ANY: Final = "any"
EACH: Final = "each"

EVENTS: Final = webhooks.EMITTED

_CODEC: Final = re.compile(media.CODEC_WORD)
_rates: Final = ", ".join(map(str, media.SAMPLING_RATES_HZ))
_WRITTEN: Final = {
    "PCMU": "PCMU has 8000 Hz",
    "PCMA": "PCMA has 8000 Hz",
    "G722": "G722 is announced as G722/8000 or G722/16000",
    "OPUS": "OPUS/rate has 8000, 16000, 24000 or 48000",
    "AMR-WB": "AMR-WB is written so, or AMR-WB/octet-aligned",
    "L16": f"L16/rate/le or /be has {_rates}",
}
_OTHER_NAMES: Final = {"alaw": "PCMA", "ulaw": "PCMU", "mulaw": "PCMU"}

# Letters of any script, for people have names in all of them.
NAME: Final = re.compile(r"[^\W\d_][\w -]{0,39}")


def is_name(word: str) -> bool:
    """People are capitalised, so that a misspelt verb cannot pass for one."""
    return word[:1].isupper()


def codec(value: object) -> str:
    """What `audio.codecs.parse_codec` reads: `PCMU`, `G722/16000`, `L16/16000/be`, `AMR-WB/octet-aligned`."""
    if not isinstance(value, str):
        raise ValueError(f"{types.shown(value)} is no codec; write PCMA")
    if _CODEC.fullmatch(value):
        return str(value.removesuffix("/8000") if value.startswith("PCM") else value)
    name = value.partition("/")[0]
    if name in media.CODECS:
        raise ValueError(f"unknown codec {quoted(value)}; {_WRITTEN[name]}")
    meant = _OTHER_NAMES.get(value.casefold())
    if meant:
        raise ValueError(f"unknown codec {quoted(value)}; did you mean '{meant}'? ({', '.join(media.CODECS)})")
    raise ValueError(unknown("codec", value, media.CODECS))


def command(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{types.shown(value)} is no command; write answer")
    if value == ANY or value in commands.COMMANDS:
        return str(value)
    if value in EVENTS:
        raise ValueError(f"unknown command {quoted(value)}; it is an event, write {{webhook: {value}}}")
    if value in HEARD:
        raise ValueError(f"unknown command {quoted(value)}; it is a sound, write {{heard: {value}}}")
    raise ValueError(unknown("command", value, (ANY, *commands.COMMANDS)))


def refusal(value: object) -> str:
    if isinstance(value, str) and value in hangup_causes.CAUSES and value not in hangup_causes.REFUSALS:
        raise ValueError(f"{quoted(value)} does not refuse a call{hint('', hangup_causes.REFUSALS)}")
    return types.one_word_of("hangup cause", hangup_causes.REFUSALS)(value)


_causes = tuple(hangup_causes.CAUSES)
_all_events = tuple(sorted(EVENTS))

answer = types.one_word_of("answer", detection.RESULTS)
event = types.one_word_of("event", EVENTS)
direction = types.one_word_of("direction", DIRECTIONS)
fact = types.one_word_of("fact", tuple(ASSUMPTIONS))
_event_or_any = types.one_word_of("event", (*EVENTS, ANY))
_cause_or_any = types.one_word_of("hangup cause", (*_causes, ANY))
_measures = types.one_word_of("measure", tuple(MEASURES), MEASURES_NOT_BUILT)
_abilities = types.list_of(types.one_word_of("ability", ABILITIES), "abilities")
_standing = types.list_of(types.one_word_of("standing check", tuple(STANDING)), "standing checks")

Codec = Annotated[str, BeforeValidator(codec), types.schema(media.CODEC_WORD, "PCMA", "L16/16000")]
DirectionWord = Annotated[str, BeforeValidator(direction), types.enum_schema(DIRECTIONS)]
AmdResult = Annotated[str, BeforeValidator(answer), types.enum_schema(detection.RESULTS)]
Refusal = Annotated[str, BeforeValidator(refusal), types.enum_schema(hangup_causes.REFUSALS)]
Cause = Annotated[str, BeforeValidator(types.one_word_of("hangup cause", _causes)), types.enum_schema(_causes)]
Source = Annotated[
    str,
    BeforeValidator(types.one_word_of("source", hangup_causes.SOURCES)),
    types.enum_schema(hangup_causes.SOURCES),
]
Event = Annotated[str, BeforeValidator(event), types.enum_schema(_all_events)]
Signature = Annotated[
    str,
    BeforeValidator(types.one_word_of("signature", tuple(signatures.SIGNATURES))),
    types.enum_schema(tuple(signatures.SIGNATURES)),
]
ShapeWord = Annotated[str, BeforeValidator(types.one_word_of("shape", tuple(SHAPES))), types.enum_schema(tuple(SHAPES))]
Address = Annotated[str, BeforeValidator(types.one_word_of("address", (EACH,))), types.enum_schema((EACH,))]
Abilities = Annotated[list[str], BeforeValidator(_abilities), types.list_schema({"enum": list(ABILITIES)})]
StandingChecks = Annotated[list[str], BeforeValidator(_standing), types.list_schema({"enum": list(STANDING)})]

AnyCommand = Annotated[str, BeforeValidator(command), types.enum_schema((ANY, *commands.COMMANDS))]
AnyEvent = Annotated[str, BeforeValidator(_event_or_any), types.enum_schema((ANY, *_all_events))]

# Values of the subjects: a word, or a matcher for one.
CommandValue = Annotated[
    JSON, BeforeValidator(matchers.word_or_matcher(command)), matchers.matcher_schema((ANY, *commands.COMMANDS))
]
WebhookValue = Annotated[
    JSON, BeforeValidator(matchers.word_or_matcher(_event_or_any)), matchers.matcher_schema((ANY, *_all_events))
]
StreamValue = Annotated[
    JSON,
    BeforeValidator(matchers.word_or_matcher(types.one_word_of("state of the stream", STREAM_STATES))),
    matchers.matcher_schema(STREAM_STATES),
]
MessageValue = Annotated[
    JSON,
    BeforeValidator(matchers.word_or_matcher(types.one_word_of("message", (*MESSAGES, ANY)))),
    matchers.matcher_schema((*MESSAGES, ANY)),
]
DigitsValue = Annotated[JSON, BeforeValidator(matchers.word_or_matcher(types.digits)), matchers.matcher_schema()]
StatusValue = Annotated[JSON, BeforeValidator(matchers.word_or_matcher(types.text)), matchers.matcher_schema()]
CauseValue = Annotated[
    JSON, BeforeValidator(matchers.word_or_matcher(_cause_or_any)), matchers.matcher_schema((*_causes, ANY))
]
EffectValue = Annotated[str, BeforeValidator(types.one_word_of("effect", (ANY,))), types.enum_schema((ANY,))]
MeasureValue = Annotated[str, BeforeValidator(_measures), types.enum_schema((*MEASURES, *MEASURES_NOT_BUILT))]
AccountValue = Annotated[
    str, BeforeValidator(types.one_word_of("state of the account", ("unchanged",))), types.enum_schema(("unchanged",))
]
