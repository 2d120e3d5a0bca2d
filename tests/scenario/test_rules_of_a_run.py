"""How deliveries and commands are treated: rules of the run, and the step `webhook` (docs/scenario-language.md 3.5)."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from scenario_files import SECOND, messages, mistake_at_top, mistake_in_step, one, script

from telnyx_simulator.facts import webhooks
from telnyx_simulator.facts.errors import ERRORS
from telnyx_simulator.facts.shapes import SHAPES
from telnyx_simulator.facts.signatures import SIGNATURES
from telnyx_simulator.scenario import words
from telnyx_simulator.scenario.treatments import CommandTreatmentForm, TreatmentForm, error_codes
from telnyx_simulator.signaling.inputs import CommandTreatment, Treatment


def treatment(folder: Path, written: str) -> dict[str, Any]:
    (rule,) = one(folder, f"webhooks: {{call.answered: {written}}}").webhooks
    found = rule["treatment"]
    assert isinstance(found, dict)
    return found


def command_treatment(folder: Path, written: str) -> dict[str, Any]:
    (rule,) = one(folder, f"commands: {{answer: {written}}}").commands
    found = rule["treatment"]
    assert isinstance(found, dict)
    return found


def test_a_treatment_has_the_fields_of_the_switch() -> None:
    assert list(TreatmentForm.model_fields) == [field.name for field in dataclasses.fields(Treatment)]
    fields = [name for name in CommandTreatmentForm.model_fields if name != "error"]
    assert {*fields, "error_code", "error_status"} == {field.name for field in dataclasses.fields(CommandTreatment)}


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("{nth: 2, delay: 250ms}", {"nth": 2, "delay_ns": SECOND // 4}),
        ("{share: 50%, drop: true}", {"share": 0.5, "drop": True}),
        ("{delay: 1s, jitter: 2s}", {"delay_ns": SECOND, "jitter_ns": 2 * SECOND}),
        ("{after: call.hangup}", {"after": "call.hangup"}),
        ("{duplicate: 0ms}", {"duplicate_ns": [0]}),
        ("{duplicate: [0ms, 3s]}", {"duplicate_ns": [0, 3 * SECOND]}),
        ("{lose_ack: 2}", {"lose_ack": 2}),
        ("{with: {digit: busy, tags: [a], x: null}}", {"with_": {"digit": "busy", "tags": ["a"], "x": None}}),
        ("{with: {digit: {one_of: 1}}}", {"with_": {"digit": {"one_of": 1}}}),
        ("{without: [client_state]}", {"without": ["client_state"]}),
        ("{rename: call.mystery}", {"rename": "call.mystery"}),
        ("{rename: call.bridged}", {"rename": "call.bridged"}),
        ("{headers: lower}", {"headers": "lower"}),
        ("{headers: {X-Forwarded-For: 203.0.113.9}}", {"headers": {"X-Forwarded-For": "203.0.113.9"}}),
        ("{signature: rotated_key}", {"signature": "rotated_key"}),
        ("{timestamp: -301s}", {"timestamp_ns": -301 * SECOND}),
        ("{drop: false, delay: 0ms}", {"drop": False, "delay_ns": 0}),
    ],
)  # fmt: skip
def test_a_treatment_keeps_what_is_given(written: str, given: object, tmp_path: Path) -> None:
    found = treatment(tmp_path, written)
    assert found == given
    assert Treatment(**found)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_known(shape: str, tmp_path: Path) -> None:
    assert treatment(tmp_path, f"{{shape: {shape}}}") == {"shape": shape}


@pytest.mark.parametrize("signature", SIGNATURES)
def test_every_signature_is_known(signature: str, tmp_path: Path) -> None:
    assert treatment(tmp_path, f"{{signature: {signature}}}") == {"signature": signature}


def test_every_event_of_telnyx_can_be_another_ones_name(tmp_path: Path) -> None:
    for event in webhooks.EMITTED:
        assert treatment(tmp_path, f"{{rename: {event}}}") == {"rename": event}


def test_what_is_emitted_can_be_sent_treated_and_expected(tmp_path: Path) -> None:
    assert {"call.cost", "call.hold", "call.unhold"} < set(words.EVENTS)
    for event in words.EVENTS:
        (step,) = script(tmp_path, f"webhook: {{event: {event}}}")
        assert step.argument == {"event": event, "again": False, "treatment": {}}
        assert one(tmp_path, f"webhooks: {{{event}: {{delay: 1s}}}}\nexpect: [{{webhook: {event}}}]").expect


def test_named_events_come_before_all_and_lists_keep_their_order(tmp_path: Path) -> None:
    text = """\
webhooks:
  all: {delay: 1s}
  call.hangup: [{nth: 1, drop: true}, {share: 50%, delay: 2s}, {delay: 3s}]
  call.answered: {after: call.hangup}
"""
    assert one(tmp_path, text).webhooks == (
        {"event": "call.hangup", "treatment": {"nth": 1, "drop": True}},
        {"event": "call.hangup", "treatment": {"share": 0.5, "delay_ns": 2 * SECOND}},
        {"event": "call.hangup", "treatment": {"delay_ns": 3 * SECOND}},
        {"event": "call.answered", "treatment": {"after": "call.hangup"}},
        {"event": "all", "treatment": {"delay_ns": SECOND}},
    )


def test_named_commands_come_before_any(tmp_path: Path) -> None:
    rules = one(tmp_path, "commands: {any: {delay: 1s}, application.create: {error: 503}}").commands
    assert rules == (
        {"command": "application.create", "treatment": {"error_status": 503}},
        {"command": "any", "treatment": {"delay_ns": SECOND}},
    )


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("{error: 90018}", {"error_code": "90018", "error_status": 422}),
        ('{error: "90018"}', {"error_code": "90018", "error_status": 422}),
        ("{error: 503}", {"error_status": 503}),
        ("{error: {code: 10015, status: 400}}", {"error_code": "10015", "error_status": 400}),
        ("{error: {code: 90018, status: 422}}", {"error_code": "90018", "error_status": 422}),
        ("{nth: 1, delay: 2s}", {"nth": 1, "delay_ns": 2 * SECOND}),
        ("{share: 1%, lose_reply: true}", {"share": 0.01, "lose_reply": True}),
        ("{reset: true}", {"reset": True}),
    ],
)
def test_a_command_is_answered_as_it_says(written: str, given: object, tmp_path: Path) -> None:
    found = command_treatment(tmp_path, written)
    assert found == given
    assert CommandTreatment(**found)


def test_the_codes_are_those_of_telnyx() -> None:
    codes = error_codes()
    assert codes["90018"] == [422]
    assert codes["10015"] == [400, 422]
    assert set(codes) == {fact.code for name, fact in ERRORS.items() if name != "not_built_yet"}


def test_a_rule_takes_values_of_the_matrix(tmp_path: Path) -> None:
    text = "matrix: {shape: [form]}\nwebhooks: {all: {shape: $shape}}"
    assert one(tmp_path, text).webhooks == ({"event": "all", "treatment": {"shape": "form"}},)


def test_a_webhook_step_shares_the_treatment(tmp_path: Path) -> None:
    (step,) = script(tmp_path, "webhook: {event: call.answered, rename: call.mystery, delay: 1s, with: {a: 1}}")
    treatment = {"delay_ns": SECOND, "with_": {"a": 1}, "rename": "call.mystery"}
    assert step.argument == {"event": "call.answered", "again": False, "treatment": treatment}


RULES = {
    "webhooks: all": "'webhooks' is a mapping: event or 'all' -> treatment, or a list of treatments",
    "webhooks: {}": "'webhooks' is a mapping",
    "webhooks: {call.hungup: {drop: true}}": "unknown event 'call.hungup'; did you mean 'call.hangup'?",
    "webhooks: {any: {drop: true}}": "unknown event 'any'",
    "webhooks: {all: drop}": "a treatment is a mapping with at least one key, such as {delay: 2s}",
    "webhooks: {all: {}}": "a treatment is a mapping with at least one key",
    "webhooks: {all: []}": "a list of treatments is empty",
    "webhooks: {all: {delya: 2s}}": "a treatment knows no 'delya'; did you mean 'delay'?",
    "webhooks: {all: {delay: 2}}": "a duration needs its unit: 2s or 2ms?",
    "webhooks: {all: {nth: 0, delay: 2s}}": "a whole number from 1 to 10000 is expected here, found 0",
    "webhooks: {all: {share: 0.5, drop: true}}": "a ratio is a percentage",
    "webhooks: {all: {share: 0%, drop: true}}": "0% is none of them; leave it out",
    "webhooks: {all: {share: 101%, drop: true}}": "'101%' is more than all of them: at most 100%",
    "webhooks: {all: {nth: 1}}": "this chooses deliveries and does nothing to them",
    "webhooks: {all: {duplicate: []}}": "a list of durations is expected here, found none",
    "webhooks: {all: {duplicate: [1s, 2]}}": "a duration needs its unit: 2s or 2ms?",
    "webhooks: {all: {after: call.hungup}}": "unknown event 'call.hungup'; did you mean 'call.hangup'?",
    "webhooks: {call.hangup: {after: call.hangup}}": "'call.hangup' cannot wait for itself",
    "webhooks: {all: {with: client_state}}": "fields with their values are expected here",
    "webhooks: {all: {without: client_state}}": "a list of names of fields is expected here, found 'client_state'",
    "webhooks: {all: {without: [3]}}": "the name of a field is expected here, found 3",
    "webhooks: {all: {rename: call mystery}}": "'call mystery' is no name of an event",
    "webhooks: {all: {shape: comapct}}": "unknown shape 'comapct'; did you mean 'compact'?",
    "webhooks: {all: {headers: title}}": "unknown style of headers 'title'",
    "webhooks: {all: {headers: {}}}": "headers are expected here, such as {X-Tenant: acme}, found a mapping",
    "webhooks: {all: {headers: {'X:': a}}}": "'X:' is no name of a header",
    "webhooks: {all: {signature: forged}}": "unknown signature 'forged'",
    "webhooks: {all: {timestamp: 301s}}": "an offset needs its sign: +301s or -301s?",
    "webhooks: {all: {drop: 1}}": "true or false is expected here, found 1",
    "webhooks: {all: {drop: true, delay: 2s}}": "'delay' says nothing where 'drop' stands: it is never delivered",
    "webhooks: {all: [{drop: true}, {delay: 2s}]}": "what comes after a treatment without 'nth' and 'share' is never",
    "webhooks: {all: {event: call.hangup, drop: true}}": "a treatment knows no 'event'",
    "commands: hangup": "'commands' is a mapping: command or 'any' -> treatment",
    "commands: {hangpu: {error: 503}}": "unknown command 'hangpu'; did you mean 'hangup'?",
    "commands: {all: {error: 503}}": "unknown command 'all'",
    "commands: {call.hangup: {error: 503}}": "unknown command 'call.hangup'; it is an event",
    "commands: {hangup: {error: 90099}}": "unknown error 90099; write an HTTP status or a code (10004, ",
    "commands: {hangup: {error: 200}}": "unknown error 200; write an HTTP status or a code",
    "commands: {hangup: {error: 10015}}": "10015 comes with '400' and '422': write {code: 10015, status: 422}",
    "commands: {hangup: {error: {code: 90018}}}": "an error is a code, an HTTP status, or both",
    "commands: {hangup: {error: {code: 90018, status: 400}}}": "90018 comes with 422, found 400",
    "commands: {hangup: {error: {code: 1, status: 400}}}": "unknown error 1; write an HTTP status or a code",
    "commands: {hangup: {error: true}}": "unknown error true",
    "commands: {hangup: {share: 10%}}": "this chooses commands and does nothing to them; add one of 'delay', 'error'",
    "commands: {hangup: {error: 503, reset: true}}": "a command ends in one way, found 'error' and 'reset'",
    "commands: {hangup: {delay: 1s, reset: true}}": "where the connection is cut there is no reply that could be late",
    "commands: {hangup: {drop: true}}": "a treatment knows no 'drop' (nth, share, delay, error, lose_reply, reset)",
}


@pytest.mark.parametrize(("rules", "sentence"), RULES.items())
def test_a_mistake_in_a_rule_is_one_complaint(rules: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in mistake_at_top(tmp_path, rules)


STEPS = {
    "webhook: {event: call.hangup, nth: 1}": "'nth' says nothing of one webhook; it is for rules under `webhooks:`",
    "webhook: {event: call.hangup, share: 3%}": "'share' says nothing of one webhook",
    "webhook: {event: call.hangup, drop: true}": "'drop' says nothing of one webhook",
    "webhook: {event: call.hangup, again: true, with: {a: 1}}": (
        "'with' says nothing where 'again' stands: it is the same, byte for byte"
    ),
    "webhook: {event: call.hangup, again: yes}": "true or false is expected here, found 'yes'",
    "webhook: {event: all}": "unknown event 'all'",
}


@pytest.mark.parametrize(("step", "sentence"), STEPS.items())
def test_a_mistake_in_a_webhook_step_is_one_complaint(step: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in mistake_in_step(tmp_path, step)


def test_a_mistake_within_a_value_is_shown_there(tmp_path: Path) -> None:
    text = (
        "call: incoming\nscript: [dial]\nwebhooks:\n  all:\n    headers: {X-A: a, X-B: [b]}\n    duplicate: [1s, two]\n"
    )
    assert messages(tmp_path, text) == [
        "5:28: text is expected here, found a list; if it is text, quote it",
        "6:21: 'two' is no duration; write 250ms, 1.5s or 10m",
    ]
