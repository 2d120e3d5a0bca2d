"""The mappings of a scenario, as pydantic models: what keys each has, of what type, and what is not built yet.

JSON Schema and the reference are generated from here and from the models of `treatments`, `streams`, `lines` and
`accounts`. One model is one mapping without the mappings inside it: script, calls and expectations may be written in
short forms (a bare word, a person's name before it), and a mistake in one must be told apart from a mistake in another
form, which a pydantic union cannot do. `scenario.loader` walks those forms by hand and gives each full mapping to its
model; `ARGUMENTS` says which forms a verb takes.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from telnyx_simulator.scenario import clip_words, matchers, streams, treatments, types, units, words
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.script import Verb


class LoadForm(Form):
    """Many calls at once, in place of `call` and `script`. Not built: only editors know it yet."""

    knows = "load"
    mix: dict[str, units.Share] = Field(description="Scenario files, relative to this one, each with its share.")
    rate: units.PerSecond | None = Field(None, description="So many calls begin each second.")
    at_once: types.Repetitions | None = Field(None, description="So many calls are up at one time.")
    for_ns: units.PositiveDuration = Field(alias="for", description="How long calls begin.")
    ramp_ns: units.Duration | None = Field(None, alias="ramp", description="How long the rate takes to be reached.")
    arrivals: Literal["even", "poisson"] = Field("even", description="How calls are spread over time.")


class ScenarioForm(Form):
    """Top level (3.1). What is `Any` here has forms of its own: it is read by hand."""

    knows = "a scenario"
    not_built = ("load",)
    replaced_by = "load"
    script: Any = Field(description="What the people at the far end, the network and Telnyx do, in order.")
    call: Any = Field(None, description="The one person at the far end.")
    calls: Any = Field(None, description="Several people, each with a capitalised name.")
    name: types.Text | None = Field(None, description="Title; the file name as a sentence where it is missing.")
    why: types.Text | None = Field(None, description="The bug or promise behind it, printed when it fails.")
    requirement: types.Ids = Field((), description="Ids of the conformance catalogue that this run exercises.")
    tags: types.Words = Field((), description="Words to choose it by (`-t`); markers in pytest.")
    skip: types.Text | None = Field(None, description='"Not exercised", always, with this reason.')
    requires: words.Abilities = Field(
        [], description='Abilities of the application, as under `does:` in its profile; one missing: "not exercised".'
    )
    matrix: Any = Field(None, description="One run for each combination, or each row; `$name` refers to a value.")
    repeat: types.Repetitions = Field(1, description="Again with seed + 1, + 2 ...: so many runs in all.")
    at_once: types.Repetitions = Field(1, description="So many copies at one time, each with its own numbers.")
    seed: types.Seed | None = Field(None, description="Fixes every chance; the command line's where it is missing.")
    within_ns: units.PositiveDuration = Field(
        5_000_000_000, alias="within", description="The patience of every step; 5s where it is missing."
    )
    webhooks: Any = Field(None, description="How webhooks are delivered: event or `all` -> treatment, or a list.")
    commands: Any = Field(None, description="How REST commands are answered: command or `any` -> treatment, or a list.")
    account: Any = Field(None, description="The Telnyx account as it is when the run begins.")
    assume: Any = Field(None, description="Chooses where evidence about Telnyx disagrees: fact -> alternative.")
    expect: Any = Field(None, description="What must happen at any time of the run.")
    absent: Any = Field(None, description="What must not happen at any time of the run.")
    ignore: words.StandingChecks = Field([], description="Standing checks that do not apply here; needs a `why`.")
    load: LoadForm | None = Field(None, description="Many calls at once, in place of `call` and `script`.")
    telnyx_sim: types.Version = Field(1, description="Version of the language.")


class CallForm(Form):
    """One person at the far end (3.2)."""

    knows = "a call"
    direction: words.DirectionWord = Field(description="Who calls whom: `incoming` calls the application.")
    from_: types.Phone | None = Field(
        None, alias="from", description="Incoming only: the caller's number; drawn where it is missing."
    )
    to: types.Dialled | None = Field(
        None, description="Incoming: the number that is dialled. Outgoing: their number; `any` takes any dial."
    )
    leg_codec: words.Codec = Field("PCMA", description="What the telephone leg negotiates.")
    mic: clip_words.Mic = Field("silence", description="What the microphone carries between plays, over and over.")
    line: Any = Field(None, description="What the network does to this call from the start.")
    stream: Any = Field(None, description="How the media stream of this call departs from the truth.")
    headers: matchers.Headers = Field({}, description="Custom SIP headers, echoed in events: name -> text.")
    with_: matchers.Payload | None = Field(
        None, alias="with", description="Any other field of this leg's events and of `start`."
    )


class VerbForm(Form):
    wait_instead = ("after", "delay")


class RefusalForm(VerbForm):
    """How a ringing leg ends unanswered."""

    knows = "refuse"
    cause: words.Refusal = Field(description="The hangup cause.")
    sip: types.SipResponse | None = Field(None, description="The SIP response; the usual one where it is missing.")
    source: words.Source | None = Field(None, description="Who ended it, as the webhook says it.")


class HangupForm(VerbForm):
    """How a leg ends."""

    knows = "hangup"
    cause: words.Cause | None = Field(None, description="The hangup cause; the usual one where it is missing.")
    sip: types.SipResponse | None = Field(None, description="The SIP response; the usual one where it is missing.")
    source: words.Source | None = Field(None, description="Who ended it, as the webhook says it.")


class SoundForm(VerbForm):
    """What a person says."""

    knows = "play"
    clip: clip_words.Clip = Field(description="A sound by name, or a WAV file beside the scenario.")
    level_dbfs: units.Level | None = Field(
        None, alias="level", description="How loud; as recorded where it is missing."
    )
    times: types.Repetitions = Field(1, description="How often, without a pause.")


class BargeForm(VerbForm):
    """What a person says over the application."""

    knows = "barge_in"
    clip: clip_words.Clip = Field(description="A sound by name, or a WAV file beside the scenario.")
    level_dbfs: units.Level | None = Field(
        None, alias="level", description="How loud; as recorded where it is missing."
    )


class MicForm(Form):
    """What a microphone carries."""

    knows = "mic"
    mic: clip_words.Mic


class KeysForm(VerbForm):
    """Which keys a person presses."""

    knows = "press"
    digits: types.Digits = Field(description="Of `0-9 * # A-D`; `w` pauses for 0.5 s, `W` for 1 s. In quotes.")
    tone_ns: units.PositiveDuration = Field(100_000_000, alias="tone", description="How long each key is held.")
    gap_ns: units.Duration = Field(100_000_000, alias="gap", description="The pause after each key.")


# A bound is written in the unit of its measure, which `expecting` knows.
Bound = Annotated[
    Any,
    BeforeValidator(matchers.pure),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d+(\.\d+)?(ms|s|m| ?%| dB)$"}]}),
]


class ExpectationForm(Form):
    """One subject (the keys of `Subject`, in its order) and qualifiers."""

    knows = "an expectation"
    command: words.CommandValue = Field(None, description="A REST request about this leg, or about the account.")
    webhook: words.WebhookValue = Field(None, description="A delivery attempt and the application's reply (2xx).")
    stream: words.StreamValue = Field(None, description="What became of the WebSocket.")
    message: words.MessageValue = Field(None, description="A message from the application on the stream.")
    heard: clip_words.HeardValue = Field(
        None, description="What this person hears: a clip, a person, a talkspurt, silence."
    )
    received: clip_words.ReceivedValue = Field(None, description="What the application decoded, by the profile's tap.")
    digits: words.DigitsValue = Field(None, description="Keys that this person received.")
    status: words.StatusValue = Field(
        None, description="What the application says of the call; `mapped`: what the profile's `status_map` gives."
    )
    hangup_cause: words.CauseValue = Field(None, description="The leg ended so.")
    effect: words.EffectValue | None = Field(None, description="Anything that the application did.")
    measure: words.MeasureValue | None = Field(None, description="Of the whole run only, with `min` or `max`.")
    account: words.AccountValue | None = Field(None, description="Of the whole run only: the account is as it was.")
    with_: matchers.Fields = Field(None, alias="with", description="A matcher on the body, payload or message.")
    reply: types.Reply | None = Field(None, description="Our reply to a command, the application's to a webhook.")
    within_ns: units.PositiveDuration | None = Field(
        None, alias="within", description="How long after the step before; the scenario's patience where it is missing."
    )
    for_ns: units.PositiveDuration | None = Field(
        None, alias="for", description="How long it is heard, or does not happen."
    )
    times: types.Count | None = Field(None, description="How often: `1`, `0..1`, `2..`; at least once if missing.")
    min_snr_db: units.Difference | None = Field(None, alias="min_snr", description="How healthy the sound must be.")
    least: Bound = Field(None, alias="min", description="The least that a measure may be, in its unit.")
    most: Bound = Field(None, alias="max", description="The most that a measure may be, in its unit.")
    percentile: units.Percentile | None = Field(
        None, description="Which of several values `min` and `max` bound; every one where it is missing."
    )
    why: types.Text | None = Field(None, description="The bug or promise behind it, printed when it fails.")
    requirement: types.Ids = Field((), description="Ids of the conformance catalogue that this exercises.")


# What a verb takes, short forms first; `None` is the bare verb. `expect` takes a list of expectations too.
ARGUMENTS: Final[Mapping[Verb, Any]] = {
    Verb.DIAL: None,
    Verb.ANSWER: words.AmdResult | None,
    Verb.REFUSE: words.Refusal | RefusalForm,
    Verb.HANGUP: words.Cause | HangupForm | None,
    Verb.PLAY: clip_words.Clip | SoundForm | list[clip_words.Clip | SoundForm],
    Verb.BARGE_IN: clip_words.Clip | BargeForm,
    Verb.MIC: clip_words.Mic,
    Verb.PRESS: types.Digits | KeysForm,
    Verb.HOLD: None,
    Verb.UNHOLD: None,
    Verb.WAIT: units.Duration,
    Verb.ASK: types.Word,
    Verb.LINE: Any,  # `lines.read_line`
    Verb.STREAM: streams.StreamStepForm,
    Verb.WEBHOOK: treatments.WebhookForm,
    Verb.EXPECT: words.CommandValue | ExpectationForm | list[words.CommandValue | ExpectationForm],
    Verb.ABSENT: ExpectationForm,
}

# What each verb does, for editors and the reference.
SAYS: Final[Mapping[Verb, str]] = {
    Verb.DIAL: "The caller calls; again, once their last leg is over.",
    Verb.ANSWER: "The callee picks up; the word is what answering machine detection finds.",
    Verb.REFUSE: "A ringing leg ends unanswered.",
    Verb.HANGUP: "The person hangs up; before the answer they give up.",
    Verb.PLAY: "The person speaks, until the sound is over.",
    Verb.BARGE_IN: "Waits for a talkspurt of the application and speaks over it.",
    Verb.MIC: "What the microphone carries from now on, between plays.",
    Verb.PRESS: "DTMF, by webhook and stream message.",
    Verb.HOLD: "The far end holds the call.",
    Verb.UNHOLD: "The far end takes the call back.",
    Verb.WAIT: "Time passes; the only use of plain time.",
    Verb.ASK: "Asks the application for something, as its profile tells how.",
    Verb.LINE: "What the network does from now on.",
    Verb.STREAM: "Something on the WebSocket, now.",
    Verb.WEBHOOK: "One extra webhook, as if the event had happened.",
    Verb.EXPECT: "Waits for it, and demands it.",
    Verb.ABSENT: "Demands that it does not happen for so long.",
}
