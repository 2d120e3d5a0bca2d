"""Scenario files become scenarios: short forms spelled out, defaults filled in, a run for each row of the matrix."""

import dataclasses
import json
from pathlib import Path

import pytest
from scenario_files import SECOND, expected, loaded, one, script

from telnyx_simulator.checks.expectations import Expectation, Place, Subject
from telnyx_simulator.scenario.loader import ScenarioError, load
from telnyx_simulator.scenario.script import Direction, Person, Scenario, Step, Verb


def test_the_shortest_scenario_is_spelled_out(tmp_path: Path) -> None:
    text = "call: incoming\nscript:\n  - dial\n  - expect: answer\n  - hangup\n"
    file = "an_incoming_call_is_answered.telnyx.yaml"
    (scenario,) = loaded(tmp_path, text, "an_incoming_call_is_answered")
    answer = Expectation(subject=Subject.COMMAND, value="answer", place=Place(file, 4, 13, "  - expect: answer"))
    assert scenario == Scenario(
        file=file,
        run_id="an_incoming_call_is_answered",
        name="An incoming call is answered",
        people=(Person(name="Caller", direction=Direction.INCOMING, place=Place(file, 1, 1, "call: incoming")),),
        script=(
            Step(index=0, verb=Verb.DIAL, place=Place(file, 3, 5, "  - dial"), person="Caller"),
            Step(index=1, verb=Verb.EXPECT, place=Place(file, 4, 5, answer.place.text), expectations=(answer,)),
            Step(index=2, verb=Verb.HANGUP, place=Place(file, 5, 5, "  - hangup"), person="Caller"),
        ),
    )


def test_top_level_keys_are_kept(tmp_path: Path) -> None:
    text = """\
name: A title
why: a bug
requirement: [audio.leg-codec, signature.forged]
tags: [audio, slow]
seed: 7
within: 1.5s
telnyx_sim: 1
x-note: [&greeting {heard: app/greeting, for: 1s}]
call: {direction: outgoing, to: any, leg_codec: L16/16000/be}
script: [ask: place_call, answer, expect: *greeting]
expect: [{webhook: any, times: 0..1}, Callee: {heard: talkspurt}]
absent: [{command: {one_of: [reject, hangup]}}, reject]
"""
    (scenario,) = loaded(tmp_path, text)
    assert (scenario.name, scenario.why, scenario.seed, scenario.within_ns) == ("A title", "a bug", 7, 1_500_000_000)
    assert scenario.requirement == ("audio.leg-codec", "signature.forged")
    assert scenario.tags == ("audio", "slow")
    (callee,) = scenario.people
    assert (callee.name, callee.to, callee.leg_codec) == ("Callee", "any", "L16/16000/be")
    assert [step.argument for step in scenario.script] == ["place_call", "human", None]
    assert scenario.script[2].expectations[0].for_ns == SECOND
    assert [(e.subject, e.person, e.times) for e in scenario.expect] == [
        (Subject.WEBHOOK, None, (0, 1)),
        (Subject.HEARD, "Callee", None),
    ]
    assert [e.value for e in scenario.absent] == [{"one_of": ["reject", "hangup"]}, "reject"]


@pytest.mark.parametrize(
    ("step", "argument"),
    [
        ("hangup", None),
        ("hangup:", None),
        ("hangup: unspecified", {"cause": "unspecified", "sip": None, "source": None}),
        ("hangup: {sip: 486, source: caller}", {"cause": None, "sip": "486", "source": "caller"}),
        ("play: speech/en-1", [{"clip": "speech/en-1", "level_dbfs": None, "times": 1}]),
        (
            "play: [tone/beep, {clip: ./x.wav, level: -23 dBFS, times: 2}]",
            [
                {"clip": "tone/beep", "level_dbfs": None, "times": 1},
                {"clip": "./x.wav", "level_dbfs": -23.0, "times": 2},
            ],
        ),
        ('press: "0*"', {"digits": "0*", "tone_ns": SECOND // 10, "gap_ns": SECOND // 10}),
        (
            "press: {digits: '1w2', tone: 250ms, gap: 0ms}",
            {"digits": "1w2", "tone_ns": SECOND // 4, "gap_ns": 0},
        ),
        (
            "play: [noise, watermark]",
            [{"clip": clip, "level_dbfs": None, "times": 1} for clip in ("noise", "watermark")],
        ),
        ("barge_in: speech/en-4", {"clip": "speech/en-4", "level_dbfs": None, "times": 1}),
        ("barge_in: {clip: ./x.wav, level: -20 dBFS}", {"clip": "./x.wav", "level_dbfs": -20.0, "times": 1}),
        ("mic: silence", "silence"),
        ("mic: nothing", "nothing"),
        ("mic: comfort_noise", "comfort_noise"),
        ("mic: watermark", "watermark"),
        ("hold", None),
        ("unhold:", None),
        ("wait: 1.5s", SECOND * 3 // 2),
        ("wait: 10m", SECOND * 600),
        ("ask: place_call", "place_call"),
        (
            "webhook: {event: call.hangup}",
            {"event": "call.hangup", "again": False, "treatment": {}},
        ),
        (
            "webhook: {event: call.answered, again: true, signature: hex, timestamp: -301s}",
            {"event": "call.answered", "again": True, "treatment": {"signature": "hex", "timestamp_ns": -301 * SECOND}},
        ),
    ],
)
def test_an_argument_is_normalised(step: str, argument: object, tmp_path: Path) -> None:
    (found,) = script(tmp_path, step)
    assert found.argument == argument
    assert found.person == (None if found.verb == Verb.WAIT else "Caller")


def test_refuse_keeps_its_cause(tmp_path: Path) -> None:
    short, long = script(
        tmp_path, "refuse: user_busy", "refuse: {cause: no_answer, sip: unspecified, source: unknown}", call="outgoing"
    )
    assert short.argument == {"cause": "user_busy", "sip": None, "source": None}
    assert long.argument == {"cause": "no_answer", "sip": "unspecified", "source": "unknown"}


def test_an_expectation_keeps_all_its_qualifiers(tmp_path: Path) -> None:
    found = expected(
        tmp_path,
        "{webhook: call.hangup, with: {a: [1, x], b: {present: false}}, reply: 422, within: 2s, times: 2..,"
        " why: so, requirement: an.id}",
    )
    assert dataclasses.replace(found, place=Place("", 0, 0)) == Expectation(
        subject=Subject.WEBHOOK,
        value="call.hangup",
        place=Place("", 0, 0),
        with_={"a": [1, "x"], "b": {"present": False}},
        reply="422",
        within_ns=2 * SECOND,
        times=(2, None),
        why="so",
        requirement=("an.id",),
    )


def test_what_is_heard_keeps_its_length_and_quality(tmp_path: Path) -> None:
    found = expected(tmp_path, "{heard: speech/en-1, for: 2s, min_snr: 25 dB, within: 250ms, times: 1}")
    assert (found.for_ns, found.min_snr_db, found.within_ns, found.times) == (2 * SECOND, 25.0, SECOND // 4, (1, 1))


@pytest.mark.parametrize(
    "expectation",
    [
        "{stream: refused}",
        "{status: mapped}",
        "{status: {matches: ^done}}",
        "{hangup_cause: {one_of: [timeout, any]}}",
        "{effect: any}",
        "any",
        "{heard: {one_of: [silence, ./x.wav]}}",
        "{heard: Caller}",
        "{heard: watermark, for: 20s, min_snr: 10 dB}",
        "{received: speech/en-1, for: 1s, min_snr: 20 dB, times: 1}",
        "{received: Caller}",
        "{message: clear}",
        "{message: {one_of: [mark, invalid]}, with: {mark: {name: {present: true}}}, times: 2..}",
        "{command: {present: true}, reply: none}",
    ],
)
def test_every_subject_has_its_values(expectation: str, tmp_path: Path) -> None:
    assert expected(tmp_path, expectation).value


def test_people_speak_as_in_a_play(tmp_path: Path) -> None:
    text = """\
calls:
  Alice: {direction: incoming, from: "+442079460111", to: "sip:desk@example.com"}
  Bob: outgoing
script:
  - Alice: dial
  - Bob: answer
  - Bob: {play: speech/en-1}
  - Alice: {expect: {heard: speech/en-1}}
  - expect: [Alice: answer, Bob: {heard: silence}, {webhook: any}]
  - wait: 1s
  - Bob: {absent: {effect: any, for: 2s}}
"""
    (scenario,) = loaded(tmp_path, text)
    assert [(person.name, person.from_) for person in scenario.people] == [("Alice", "+442079460111"), ("Bob", None)]
    assert [step.person for step in scenario.script] == ["Alice", "Bob", "Bob", "Alice", None, None, "Bob"]
    assert [[e.person for e in step.expectations] for step in scenario.script[3:]] == [
        ["Alice"],
        ["Alice", "Bob", None],
        [],
        ["Bob"],
    ]


def test_a_call_keeps_what_its_far_end_is_like(tmp_path: Path) -> None:
    text = """\
call:
  direction: incoming
  mic: watermark
  line: {websocket: clean}
  stream: {skip: [stop], token: wrong}
  headers: {X-Tenant: acme, X-Level: 3}
  with: {tags: [vip], from_sip_uri: null}
script: [dial]
"""
    (scenario,) = loaded(tmp_path, text)
    (caller,) = scenario.people
    assert dataclasses.replace(caller, place=Place("", 0, 0)) == Person(
        name="Caller",
        direction=Direction.INCOMING,
        place=Place("", 0, 0),
        mic="watermark",
        line={"websocket": [{"kind": "clean", "toward": "both"}]},
        stream={"skip": ["stop"], "token": "wrong"},
        headers={"X-Tenant": "acme", "X-Level": "3"},
        with_={"tags": ["vip"], "from_sip_uri": None},
    )


def test_a_person_is_heard_by_name(tmp_path: Path) -> None:
    text = """\
calls: {Alice: incoming, Bob: {direction: incoming, mic: watermark}}
script:
  - Alice: dial
  - Alice: {expect: {heard: Bob, for: 2s}}
  - Bob: {expect: {received: {one_of: [Alice, speech/en-1]}}}
absent: [Alice: {heard: Alice}]
"""
    (scenario,) = loaded(tmp_path, text)
    assert [step.expectations[0].value for step in scenario.script[1:]] == ["Bob", {"one_of": ["Alice", "speech/en-1"]}]
    assert (scenario.absent[0].person, scenario.absent[0].value) == ("Alice", "Alice")


def test_what_is_said_of_the_run_is_kept(tmp_path: Path) -> None:
    text = """\
why: a bug
call: incoming
script: [dial]
skip: not before Monday
requires: [marks, barge_in]
repeat: 3
at_once: 2
ignore: [sound_clean]
"""
    (scenario,) = loaded(tmp_path, text)
    assert (scenario.skip, scenario.requires, scenario.ignore) == (
        "not before Monday",
        ("marks", "barge_in"),
        ("sound_clean",),
    )
    assert (scenario.repeat, scenario.at_once, scenario.repetition, scenario.copy) == (3, 2, 0, 0)


@pytest.mark.parametrize(
    ("written", "least", "most"),
    [
        ("{measure: first_audio, max: 1500ms}", None, 1.5),
        ("{measure: static, max: 0ms}", None, 0.0),
        ("{measure: loss, min: 0%, max: 3%}", 0.0, 0.03),
        ("{measure: snr, min: 25 dB}", 25.0, None),
        ("{measure: own_voice, max: -40 dB}", None, -40.0),
        ("{measure: underruns, max: 2}", None, 2.0),
        ("{measure: answered, min: 99.5%}", 0.995, None),
    ],
)
def test_a_measure_is_bounded_in_its_unit(
    written: str, least: float | None, most: float | None, tmp_path: Path
) -> None:
    (found,) = one(tmp_path, f"expect: [{written}]").expect
    assert (found.subject, found.least, found.most) == (Subject.MEASURE, least, most)


def test_a_measure_has_a_percentile_and_may_be_a_persons(tmp_path: Path) -> None:
    (found,) = one(tmp_path, "expect: [Caller: {measure: response, max: 1s, percentile: 99, why: patience}]").expect
    assert (found.person, found.value, found.percentile, found.why) == ("Caller", "response", 99.0, "patience")


def test_the_account_is_expected_unchanged(tmp_path: Path) -> None:
    (found,) = one(tmp_path, "expect: [{account: unchanged}]").expect
    assert (found.subject, found.value) == (Subject.ACCOUNT, "unchanged")


def test_a_matrix_gives_a_run_for_each_combination(tmp_path: Path) -> None:
    text = "matrix: {codec: [PCMU, PCMA], n: [1, 2]}\ncall: {direction: incoming, leg_codec: $codec}\nscript: [dial]\n"
    found = loaded(tmp_path, text)
    assert [scenario.run_id for scenario in found] == [
        "a_uk_caller[PCMU-1]",
        "a_uk_caller[PCMU-2]",
        "a_uk_caller[PCMA-1]",
        "a_uk_caller[PCMA-2]",
    ]
    assert found[3].matrix == {"codec": "PCMA", "n": 2}
    assert [scenario.people[0].leg_codec for scenario in found] == ["PCMU", "PCMU", "PCMA", "PCMA"]


def test_a_row_is_named_by_its_id_and_keeps_the_types_of_its_values(tmp_path: Path) -> None:
    text = """\
matrix:
  - {id: uk, from: "+442079460111", wait: 1s, again: true, body: null}
  - {id: us, from: "+12025550111", wait: 2s, again: false, body: 7}
call: {direction: incoming, from: $from}
script:
  - dial
  - wait: $wait
  - expect: {command: answer, with: {body: $body}}
  - webhook: {event: call.hangup, again: $again}
"""
    uk, us = loaded(tmp_path, text)
    assert [uk.run_id, us.run_id] == ["a_uk_caller[uk]", "a_uk_caller[us]"]
    assert [scenario.people[0].from_ for scenario in (uk, us)] == ["+442079460111", "+12025550111"]
    assert [scenario.script[2].expectations[0].with_ for scenario in (uk, us)] == [{"body": None}, {"body": 7}]
    assert us.script[1].argument == 2 * SECOND


def test_a_step_stands_where_it_is_used_though_its_value_stands_in_the_matrix(tmp_path: Path) -> None:
    text = "matrix: {command: [answer]}\ncall: incoming\nscript:\n  - dial\n  - expect: $command\n"
    (scenario,) = loaded(tmp_path, text)
    (expectation,) = scenario.script[1].expectations
    assert (expectation.value, expectation.place.line, expectation.place.column) == ("answer", 5, 13)


def test_a_scenario_is_plain_json(tmp_path: Path) -> None:
    text = "matrix: {c: [PCMU]}\ncall: {direction: incoming, leg_codec: $c}\nscript: [dial, expect: {status: mapped}]\n"
    (scenario,) = loaded(tmp_path, text)
    body = json.loads(json.dumps(scenario.to_json()))
    assert Expectation.from_json(body["script"][1]["expectations"][0]) == scenario.script[1].expectations[0]


def test_a_folder_gives_its_scenarios_sorted_and_each_once(tmp_path: Path) -> None:
    for name in ("b/two", "a/one", ".hidden/three"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / f"{name}.telnyx.yaml").write_text("call: incoming\nscript: [dial]\n")
    (tmp_path / "b/notes.yaml").write_text("not: read\n")
    found = load([tmp_path, tmp_path / "b/two.telnyx.yaml"], root=tmp_path)
    assert [scenario.file for scenario in found] == ["a/one.telnyx.yaml", "b/two.telnyx.yaml"]


def test_a_path_is_shown_as_short_as_possible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.telnyx.yaml").write_text("call: incoming\nscript: [dial]\n")
    monkeypatch.chdir(tmp_path)
    assert load([Path("./in/../in/x.telnyx.yaml")])[0].file == "in/x.telnyx.yaml"
    monkeypatch.chdir(tmp_path / "in")
    assert load([Path("../in/x.telnyx.yaml")])[0].file == "x.telnyx.yaml"


def test_a_clip_may_climb_as_far_as_the_project(tmp_path: Path) -> None:
    text = "call: incoming\nscript: [dial, play: ./../x.wav]\n"
    assert loaded(tmp_path, text, "deep/x")
    with pytest.raises(ScenarioError, match="leaves the project"):
        loaded(tmp_path, text, "x")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.telnyx.yaml", "gone.telnyx.yaml:1:1: no such file or folder"),
        ("empty", "empty:1:1: no scenario in this folder: their names end in .telnyx.yaml"),
        ("x.yaml", "x.yaml:1:1: the name of a scenario ends in .telnyx.yaml"),
    ],
)
def test_a_path_without_a_scenario_is_a_mistake(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.yaml").write_text("call: incoming\n")
    with pytest.raises(ScenarioError) as caught:
        load([tmp_path / name], root=tmp_path)
    assert str(caught.value) == message
