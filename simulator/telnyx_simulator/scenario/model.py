"""The mappings of the language, as pydantic models: what keys each has, of what type, and what is not built yet.

JSON Schema and the reference are generated from here. One model is one mapping without the mappings inside it: script,
calls and expectations may be written in short forms (a bare word, a person's name before it), and a mistake in one must
be told apart from a mistake in another form, which a pydantic union cannot do. `scenario.loader` walks those forms by
hand and gives each full mapping to its model here; `ARGUMENTS` says which forms a verb takes.
"""

from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from telnyx_simulator.scenario import types, words
from telnyx_simulator.scenario.script import Verb
from telnyx_simulator.scenario.types import Boolean, Duration, PositiveDuration


class Form(BaseModel):
    """A mapping with known keys. `knows` begins the sentence about any other.

    `wait_instead` are keys that people write for a pause, which is a step of its own. With the key `replaced_by` those
    that are required may be missing.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    knows: ClassVar[str]
    wait_instead: ClassVar[tuple[str, ...]] = ()
    replaced_by: ClassVar[str] = ""
    not_built: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def known(cls) -> tuple[str, ...]:
        return tuple(field.alias or name for name, field in cls.model_fields.items())


class ScenarioForm(Form):
    """Top level (3.1); `script`, `call`, `calls`, `matrix`, `expect` and `absent` are read on their own."""

    knows = "a scenario"
    not_built = ("skip", "requires", "repeat", "at_once", "webhooks", "commands", "account", "assume", "ignore", "load")
    replaced_by = "load"
    script: Any = Field(description="What the people at the far end, the network and Telnyx do, in order.")
    call: Any = Field(None, description="The one person at the far end.")
    calls: Any = Field(None, description="Several people, each with a capitalised name.")
    name: types.Text | None = Field(None, description="Title; the file name as a sentence where it is missing.")
    why: types.Text | None = Field(None, description="The bug or promise behind it, printed when it fails.")
    requirement: types.Ids = Field((), description="Ids of the conformance catalogue that this run exercises.")
    tags: types.Words = Field((), description="Words to choose it by.")
    matrix: Any = Field(None, description="One run for each combination, or each row.")
    seed: types.Seed | None = Field(None, description="Fixes every chance; the command line's where it is missing.")
    within: PositiveDuration = Field(5_000_000_000, description="The patience of every step.")
    expect: Any = Field(None, description="What must happen at any time of the run.")
    absent: Any = Field(None, description="What must not happen at any time of the run.")
    telnyx_sim: types.Version = Field(1, description="Version of the language.")


class CallForm(Form):
    knows = "a call"
    not_built = ("mic", "line", "stream", "headers", "with")
    direction: words.DirectionWord = Field(description="Who calls whom: `incoming` calls the application.")
    from_: types.Phone | None = Field(None, alias="from", description="Incoming only: the caller's number.")
    to: types.Dialled | None = Field(None, description="The number that is dialled; `any` takes any dial.")
    leg_codec: words.Codec = Field("PCMA", description="What the telephone leg negotiates.")


class VerbForm(Form):
    wait_instead = ("after", "delay")


class RefusalForm(VerbForm):
    knows = "refuse"
    cause: words.Refusal
    sip: types.SipResponse | None = None
    source: words.Source | None = None


class HangupForm(VerbForm):
    knows = "hangup"
    cause: words.Cause | None = None
    sip: types.SipResponse | None = None
    source: words.Source | None = None


class SoundForm(VerbForm):
    knows = "play"
    clip: words.Clip
    level: types.Level | None = None
    times: types.Repetitions = 1


class KeysForm(VerbForm):
    knows = "press"
    digits: types.Digits
    tone: PositiveDuration = 100_000_000
    gap: Duration = 100_000_000


class WebhookForm(Form):
    knows = "webhook"
    not_built = words.TREATMENTS_NOT_BUILT
    event: words.Event
    again: Boolean = False
    signature: words.Signature = "genuine"
    timestamp: types.Offset = 0


class ExpectationForm(Form):
    """One subject (the keys of `Subject`, in its order) and qualifiers."""

    knows = "an expectation"
    not_built = (*words.SUBJECTS_NOT_BUILT, "min", "max", "percentile")
    command: words.CommandValue = None
    webhook: words.WebhookValue = None
    stream: words.StreamValue = None
    heard: words.HeardValue = None
    status: words.StatusValue = None
    hangup_cause: words.CauseValue = None
    effect: words.EffectValue | None = None
    with_: types.Fields = Field(None, alias="with")
    reply: types.Reply | None = None
    within: PositiveDuration | None = None
    for_: PositiveDuration | None = Field(None, alias="for")
    times: types.Count | None = None
    min_snr: types.Difference | None = None
    why: types.Text | None = None
    requirement: types.Ids = ()


# What a verb takes, short forms first; `None` is the bare verb. `expect` takes a list of expectations too.
ARGUMENTS: Final[dict[Verb, Any]] = {
    Verb.DIAL: None,
    Verb.ANSWER: words.AmdResult | None,
    Verb.REFUSE: words.Refusal | RefusalForm,
    Verb.HANGUP: words.Cause | HangupForm | None,
    Verb.PLAY: words.Clip | SoundForm | list[words.Clip | SoundForm],
    Verb.PRESS: types.Digits | KeysForm,
    Verb.WAIT: Duration,
    Verb.ASK: types.Word,
    Verb.WEBHOOK: WebhookForm,
    Verb.EXPECT: words.CommandValue | ExpectationForm | list[words.CommandValue | ExpectationForm],
    Verb.ABSENT: ExpectationForm,
}
