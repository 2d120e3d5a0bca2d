"""What the loader says of Telnyx is what signaling reads: the fault rows of the page, and all that can be written."""

from pathlib import Path

import pytest
from test_language_page import faults, with_fault

from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.signaling.inputs import CommandTreatment, Treatment
from telnyx_simulator.signaling.rules import NO_RULES, Rules, given_of, treatment_of

OF_TELNYX = ("webhooks: ", "commands: ", "account: ", "assume: ")


def scenario(folder: Path, text: str) -> Scenario:
    """The first run of a scenario file."""
    file = folder / "some.telnyx.yaml"
    file.write_text(text)
    return load([file], root=folder)[0]


def rules_of(one: Scenario) -> Rules:
    return Rules.of(webhooks=one.webhooks, commands=one.commands, account=one.account, assume=one.assume)


@pytest.mark.parametrize("snippet", [one for one in faults() if one.startswith(OF_TELNYX)])
def test_every_fault_of_telnyx_on_the_page_becomes_a_rule(snippet: str, tmp_path: Path) -> None:
    assert rules_of(scenario(tmp_path, with_fault(snippet))) != NO_RULES


def test_all_that_can_be_written_arrives(tmp_path: Path) -> None:
    text = """
call: incoming
script: [dial, webhook: {event: call.hangup, signature: none, duplicate: [0ms, 1s], without: [tags]}]
webhooks:
  all: {delay: 1s}
  call.answered: [{nth: 2, drop: true}, {share: 50%, jitter: 300ms, after: call.hangup, with: {a: [1, null]}}]
  call.hangup: {lose_ack: 2, headers: {X-A: b}, shape: query, timestamp: -301s, rename: call.mystery}
commands:
  any: {delay: 2s}
  answer: [{nth: 1, error: 90018}, {nth: 2, error: {code: 10007, status: 503}}, {nth: 3, error: 502}]
  hangup: [{share: 10%, lose_reply: true}, {reset: true}]
account:
  applications: {Old: {webhook_event_url: "https://old.example.com/telnyx"}}
  numbers: {"+442079460999": Old}
  webhook_timeout: 3s
  webhook_retries: [1s, 2s]
  failover: false
  hang_up_on_timeout: true
  call_cost: true
  first_command_timeout: 10s
assume: {redirects: followed}
"""
    one = scenario(tmp_path, text)
    rules = rules_of(one)
    second = 1_000_000_000
    assert rules.webhooks == (
        ("call.answered", Treatment(nth=2, drop=True)),
        (
            "call.answered",
            Treatment(share=0.5, jitter_ns=300_000_000, after="call.hangup", with_={"a": [1, None]}),
        ),
        (
            "call.hangup",
            Treatment(
                lose_ack=2,
                headers={"X-A": "b"},
                shape="query",
                timestamp_ns=-301 * second,
                rename="call.mystery",
            ),
        ),
        ("all", Treatment(delay_ns=second)),
    )
    assert rules.commands == (
        ("answer", CommandTreatment(nth=1, error_code="90018", error_status=422)),
        ("answer", CommandTreatment(nth=2, error_code="10007", error_status=503)),
        ("answer", CommandTreatment(nth=3, error_status=502)),
        ("hangup", CommandTreatment(share=0.1, lose_reply=True)),
        ("hangup", CommandTreatment(reset=True)),
        ("any", CommandTreatment(delay_ns=2 * second)),
    )
    assert (rules.webhook_timeout_ns, rules.webhook_retries_ns) == (3 * second, (second, 2 * second))
    assert (rules.failover, rules.hang_up_on_timeout, rules.call_cost) == (False, True, True)
    assert (rules.first_command_timeout_ns, rules.assumed("redirects")) == (10 * second, "followed")
    step = one.script[1].argument
    assert isinstance(step, dict)
    treatment = treatment_of(step["treatment"])
    assert treatment == Treatment(signature="none", duplicate_ns=(0, second), without=("tags",))
    assert given_of(treatment) == step["treatment"]
