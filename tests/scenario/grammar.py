"""The grammar of the language as hypothesis strategies: whatever they draw is a scenario, in plain JSON."""

from typing import Any

from hypothesis import strategies as st

from telnyx_simulator.checks import matching
from telnyx_simulator.checks.claims import MEASURES, STANDING
from telnyx_simulator.facts import commands, hangup_causes, media, signatures, webhooks
from telnyx_simulator.facts.assumptions import ASSUMPTIONS
from telnyx_simulator.facts.header_styles import HEADER_STYLES
from telnyx_simulator.facts.shapes import SHAPES
from telnyx_simulator.media.treatment import KINDS, WORDS
from telnyx_simulator.scenario import clip_words, streams, words
from telnyx_simulator.scenario.script import Verb
from telnyx_simulator.sut.values import ABILITIES

Strategy = st.SearchStrategy


def of(*options: Any) -> Strategy[Any]:
    return st.sampled_from(options)


def some(required: dict[str, Any], **optional: Any) -> Strategy[dict[str, Any]]:
    """A mapping with the required keys and some of the others; `with_` and `for_` are those without the line."""
    keys = {key.removesuffix("_"): value for key, value in optional.items()}
    return st.fixed_dictionaries(required, optional=keys)


def at_least_one(**optional: Any) -> Strategy[dict[str, Any]]:
    return some({}, **optional).filter(bool)


def listed(values: Strategy[Any], most: int = 3) -> Strategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=most)


numbers = st.integers(1, 999).map(str) | st.integers(1, 99).map(lambda tenths: f"{tenths}.5")
durations = st.builds("{}{}".format, numbers, of("ms", "s", "m"))
shares = of("1%", "50%", "99.5%", "100%")
sounds = of("speech/en-1", "speech/de-2", "tone/1004Hz", "tone/beep", "noise", "watermark", "app/greeting")
files = sounds | of("./x.wav", "./clips/y.wav")
phones = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True) | of("anonymous", "sip:desk@example.com")
counts = st.integers(1, 99) | of("0..1", "2..", "1..3")
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="$"), min_size=1)
scalars = texts | st.integers(-99, 99) | st.booleans()
bodies = st.dictionaries(
    texts.filter(lambda key: key not in matching.WORDS), scalars | st.just({"present": False}), min_size=1, max_size=3
)
payloads = st.dictionaries(texts, st.recursive(scalars | st.none(), st.lists, max_leaves=3), min_size=1, max_size=3)
headers = st.dictionaries(of("X-Tenant", "Diversion", "x-y"), of("acme", "", 7), min_size=1)
causes = of(*hangup_causes.CAUSES)
codecs = of("PCMU", "PCMA", "PCMA/8000", "L16", "L16/16000", "L16/24000/be")
events = of(*words.EVENTS)
built_commands = of(*commands.COMMANDS)


# Expectations


def matched(values: Strategy[Any]) -> Strategy[Any]:
    return values | listed(values).map(lambda one_of: {"one_of": one_of})


def subject(name: str, values: Strategy[Any], **qualifiers: Any) -> Strategy[dict[str, Any]]:
    return some({name: values}, **({"times": counts} | qualifiers), why=texts, requirement=of("audio.leg-codec"))


def expectations(*people: str, **time: Any) -> Strategy[Any]:
    """`time` is what may be said of time, by the kind of subject; `people` are those who can be heard."""
    heard = {"min_snr": of("25 dB", "7.5 dB"), "for_": durations, "why": texts}
    voices = [some({name: of(*people)}, **heard, **time) for name in ("heard", "received") if people]
    return st.one_of(
        *voices,
        subject("command", matched(of("any") | built_commands), with_=bodies, reply=of("200", "2xx", "none"), **time),
        subject("webhook", matched(of("any") | events), with_=bodies, reply=st.integers(200, 599), **time),
        subject("stream", of(*words.STREAM_STATES), with_=bodies, **time),
        subject("message", matched(of("any", *words.MESSAGES)), with_=bodies, **time),
        subject("heard", matched(files), min_snr=of("25 dB", "7.5 dB"), for_=durations, **time),
        subject("received", matched(files), min_snr=of("25 dB", "7.5 dB"), for_=durations, **time),
        some({"heard": of("talkspurt", "silence")}, for_=durations, why=texts, **time),
        subject("status", of("mapped") | texts, **time),
        subject("hangup_cause", matched(causes | of("any")), **time),
        subject("effect", of("any"), **time),
    )


_BOUNDS = {
    "s": durations,
    "ratio": shares,
    "dB": of("25 dB", "-40 dB"),
    "count": st.integers(0, 9),
    "score": of(1, 4.2),
}
whole_run = st.one_of(
    expectations(),
    of(*MEASURES).flatmap(
        lambda name: some(
            {"measure": st.just(name)}, max=_BOUNDS[MEASURES[name].unit], percentile=of(50, 99.9), why=texts
        ).flatmap(lambda found: st.just(found) if "max" in found else _at_least(found, name))
    ),
    of({"account": "unchanged"}),
)


def _at_least(found: dict[str, Any], name: str) -> Strategy[dict[str, Any]]:
    return _BOUNDS[MEASURES[name].unit].map(lambda bound: found | {"min": bound})


def expected(*people: str) -> Strategy[Any]:
    return expectations(*people, within=durations) | built_commands


def absences(*people: str) -> Strategy[dict[str, Any]]:
    return st.builds(
        lambda found, time: {key: found[key] for key in found if key != "times"} | {"for": time},
        expectations(*people),
        durations,
    )


# What Telnyx and the network do

_unselected = {
    "delay": durations,
    "jitter": durations,
    "duplicate": of("0ms", "3s") | listed(of("0ms", "3s")),
    "lose_ack": st.integers(1, 9),
    "headers": of(*HEADER_STYLES) | headers,
    "signature": of(*signatures.SIGNATURES),
    "timestamp": of("-301s", "+5s", "+0ms"),
}
_changes = {
    "with_": payloads,
    "without": listed(of("client_state", "tags")),
    "rename": of("call.mystery", *webhooks.NEWER_THAN_THE_PAGES),
    "shape": of(*SHAPES),
}
_selects = {"nth": st.integers(1, 9), "share": shares}


def _treatments(event: str) -> Strategy[dict[str, Any]]:
    after = events.filter(lambda other: other != event)
    return at_least_one(**_unselected, **_changes, after=after) | st.just({"drop": True})


def _selected(treatment: Strategy[dict[str, Any]]) -> Strategy[Any]:
    """One, or a list of which all but the last say which they are for."""
    chosen = st.builds(lambda which, what: which | what, at_least_one(**_selects), treatment)
    return treatment | chosen | st.builds(lambda first, last: [*first, last], listed(chosen, 2), treatment)


def _by_name(names: Strategy[str], treat: Any) -> Strategy[dict[str, Any]]:
    return st.lists(names, min_size=1, max_size=3, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({name: _selected(treat(name)) for name in chosen})
    )


webhook_rules = _by_name(of("all") | events, _treatments)
command_rules = _by_name(
    of("any") | built_commands,
    lambda name: (
        some({}, delay=durations).flatmap(
            lambda late: of(
                late | {"error": 90018},
                late | {"error": "503"},
                late | {"error": {"code": 10015, "status": 422}},
                late | {"lose_reply": True},
                {"reset": True},
            )
        )
        | durations.map(lambda delay: {"delay": delay})
    ),
)
accounts = at_least_one(
    webhook_timeout=of("250ms", "2s", "30s"),
    webhook_retries=st.lists(of("0ms", "1s", "10s"), max_size=5),
    failover=st.booleans() | of("http://127.0.0.1:8000/failover"),
    hang_up_on_timeout=st.booleans(),
    call_cost=st.booleans(),
    first_command_timeout=durations,
    applications=of({"Old": {"webhook_event_url": "https://old.example.com/telnyx", "webhook_timeout_secs": 3}}),
).map(lambda found: found | ({"numbers": {"+442079460999": "Old"}} if "applications" in found else {}))
assumptions = st.dictionaries(of(*ASSUMPTIONS), st.none(), min_size=1).flatmap(
    lambda facts: st.fixed_dictionaries({fact: of(*ASSUMPTIONS[fact].alternatives) for fact in facts})
)
messages = of(*WORDS, {"event": "hello"}, {"text": "{"}, {"binary": "aGVsbG8="})
stream_treatments = at_least_one(
    stream_codec=codecs,
    announces=of("PCMU", "L16/16000"),
    return_codec=codecs,
    open_delay=durations,
    start_delay=durations | of("0ms"),
    before_start=listed(messages),
    skip=listed(of(*KINDS)),
    fail=of("connection_failed"),
    token=of(*streams.TOKENS),
)
lines = of(
    "clean",
    "cut",
    {"websocket": "cut"},
    {"pstn": ["clean"], "websocket": "clean"},
    {"pstn": {"cut": True, "toward": "far_end"}},
)

# Steps

endings = some({}, sip=st.integers(200, 699) | of("unspecified"), source=of(*hangup_causes.SOURCES))
said = files | some({"clip": files}, level=of("-23 dBFS", "-0.5 dBFS"), times=st.integers(1, 9))


def arguments(*people: str) -> dict[Verb, Strategy[Any]]:
    """What can stand behind each verb; None is the bare verb."""
    return {
        Verb.DIAL: st.none(),
        Verb.ANSWER: st.none() | of("human"),
        Verb.REFUSE: of(*hangup_causes.REFUSALS)
        | st.builds(lambda cause, rest: {"cause": cause} | rest, of(*hangup_causes.REFUSALS), endings),
        Verb.HANGUP: st.none() | causes | endings,
        Verb.PLAY: said | listed(said),
        Verb.BARGE_IN: files | some({"clip": files}, level=of("-23 dBFS")),
        Verb.MIC: files | of(*clip_words.MICS),
        Verb.PRESS: st.text("0123456789*#ABCDwW", min_size=1, max_size=9)
        | some({"digits": of("12#", "007")}, tone=durations, gap=durations | of("0ms")),
        Verb.HOLD: st.none(),
        Verb.UNHOLD: st.none(),
        Verb.WAIT: durations,
        Verb.ASK: of("place_call", "transfer"),
        Verb.LINE: lines,
        Verb.STREAM: messages.map(lambda message: {"send": message})
        | of(*media.STREAM_ERRORS).map(lambda code: {"error": code})
        | of(1000, 1006, 1011, 4400).map(lambda code: {"close": code})
        | some({"open": of("again")}, token=of(*streams.TOKENS)),
        Verb.WEBHOOK: some({"event": events}, **_unselected, **_changes, after=events)
        | some({"event": events, "again": st.booleans()}, to=of("each"), **_unselected, after=events),
        Verb.EXPECT: expected(*people) | listed(expected(*people)),
        Verb.ABSENT: absences(*people),
    }


CALLERS: list[Verb] = [verb for verb in Verb if verb not in (Verb.ANSWER, Verb.REFUSE)]
CALLEES: list[Verb] = [verb for verb in Verb if verb != Verb.DIAL]


def steps(verbs: list[Verb], *people: str) -> Strategy[Any]:
    behind = arguments(*people)

    def step(verb: Verb) -> Strategy[Any]:
        return behind[verb].map(lambda argument: str(verb) if argument is None else {str(verb): argument})

    return st.sampled_from(verbs).flatmap(step)


def spoken(name: str, verbs: list[Verb], *people: str) -> Strategy[dict[str, Any]]:
    return steps(verbs, *people).map(lambda step: {name: step})


# Scenarios

tops = some(
    {},
    name=texts,
    why=texts,
    seed=st.integers(0, 2**53 - 1),
    tags=st.lists(of("audio", "slow"), unique=True),
    requirement=of("an.id"),
    requires=listed(of(*ABILITIES)),
    skip=texts,
    repeat=st.integers(1, 9),
    within=durations,
    expect=listed(whole_run),
    absent=listed(of("reject") | subject("effect", of("any")), 2),
    webhooks=webhook_rules,
    commands=command_rules,
    account=accounts,
    assume=assumptions,
    ignore=listed(of(*STANDING)),
    telnyx_sim=st.just(1),
).map(lambda top: {"why": "so"} | top if "ignore" in top else top)
_of_any_call = {
    "leg_codec": codecs,
    "mic": files | of(*clip_words.MICS),
    "line": lines,
    "stream": stream_treatments,
    "headers": headers,
    "with_": payloads.map(lambda found: {f"x{key}": value for key, value in found.items()}),
}


def _with_another_number(agent: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
    """No two people have one number."""
    own = caller.get("from")
    return {key: value for key, value in agent.items() if key != "to" or value != own}


incoming = some({"direction": st.just("incoming")}, from_=phones, to=phones, **_of_any_call)
outgoing = some({"direction": st.just("outgoing")}, to=phones | of("any"), **_of_any_call)


def scripts(step: Strategy[Any]) -> Strategy[list[Any]]:
    return st.lists(step, min_size=1, max_size=6)


scenarios = st.one_of(
    st.builds(
        lambda top, call, script: top | {"call": call, "script": script},
        tops,
        of("incoming") | incoming,
        scripts(steps(CALLERS, "Caller")),
    ),
    st.builds(
        lambda top, call, script: top | {"call": call, "script": script},
        tops,
        of("outgoing") | outgoing,
        scripts(steps(CALLEES) | spoken("Callee", CALLEES)),
    ),
    st.builds(
        lambda top, caller, agent, script: (
            top | {"calls": {"Caller": caller, "Agent": _with_another_number(agent, caller)}, "script": script}
        ),
        tops,
        incoming,
        outgoing,
        scripts(spoken("Caller", CALLERS, "Agent") | spoken("Agent", CALLEES, "Caller")),
    ),
)
