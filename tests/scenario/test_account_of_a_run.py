"""The account at the start of a run, and what is assumed of Telnyx (docs/scenario-language.md 3.1)."""

from pathlib import Path

import pytest
from scenario_files import SECOND, messages, mistake_at_top, one

from telnyx_simulator.facts.assumptions import ASSUMPTIONS


def test_an_account_is_kept_with_durations_in_nanoseconds(tmp_path: Path) -> None:
    text = """\
account:
  applications:
    Old: {webhook_event_url: "https://old.example.com/telnyx", webhook_api_version: "2", webhook_timeout_secs: 5}
  numbers: {"+442079460999": Old}
  webhook_timeout: 1.5s
  webhook_retries: [1s, 250ms]
  failover: false
  hang_up_on_timeout: true
  call_cost: true
  first_command_timeout: 10s
"""
    assert one(tmp_path, text).account == {
        "applications": {
            "Old": {
                "webhook_event_url": "https://old.example.com/telnyx",
                "webhook_api_version": "2",
                "webhook_timeout_secs": 5,
            }
        },
        "numbers": {"+442079460999": "Old"},
        "webhook_timeout_ns": SECOND * 3 // 2,
        "webhook_retries_ns": [SECOND, SECOND // 4],
        "failover": False,
        "hang_up_on_timeout": True,
        "call_cost": True,
        "first_command_timeout_ns": 10 * SECOND,
    }


def test_an_account_holds_only_what_is_given(tmp_path: Path) -> None:
    assert one(tmp_path, "why: so").account == {}
    assert one(tmp_path, "account: {webhook_retries: []}").account == {"webhook_retries_ns": []}
    assert one(tmp_path, "account: {failover: http://127.0.0.1:1/x}").account == {"failover": "http://127.0.0.1:1/x"}


@pytest.mark.parametrize("fact", ASSUMPTIONS)
def test_every_alternative_of_a_fact_can_be_assumed(fact: str, tmp_path: Path) -> None:
    for alternative in ASSUMPTIONS[fact].alternatives:
        assert one(tmp_path, f"assume: {{{fact}: {alternative}}}").assume == {fact: alternative}


OLD = "applications: {Old: {webhook_event_url: https://old.example.com}}"
MISTAKES = {
    "account: trial": "'account' is a mapping, such as {webhook_timeout: 2s}",
    "account: {}": "'account' is a mapping",
    "account: {webhook_timeuot: 2s}": "an account knows no 'webhook_timeuot'; did you mean 'webhook_timeout'?",
    "account: {webhook_timeout: 2}": "a duration needs its unit: 2s or 2ms?",
    "account: {webhook_timeout: 31s}": "Telnyx waits for a reply for 30s at most, found '31s'",
    "account: {webhook_retries: 1s}": "a list of durations is expected here, found '1s'",
    "account: {webhook_retries: [1s, 1]}": "a duration needs its unit: 1s or 1ms?",
    "account: {webhook_retries: [1s, 1s, 1s, 1s, 1s, 1s]}": "Telnyx tries at most 5 times more, found 6 waits",
    "account: {webhook_retries: [40s, 40s]}": "the waits before retries come to 60s at most",
    "account: {failover: /failover}": "'/failover' is no failover; write true (the profile's), false or a URL",
    "account: {call_cost: 1}": "true or false is expected here, found 1",
    "account: {first_command_timeout: 0s}": "a duration of nothing shows nothing",
    "account: {applications: Old}": "'applications' is a mapping: name -> the fields of a Call Control application",
    "account: {applications: {Old: x}}": "an application has fields: {webhook_event_url: https://...}",
    "account: {applications: {Old: {webhook_event_url: https://a.example.com, webhook_url: x}}}": (
        "an application knows no 'webhook_url'"
    ),
    "account: {applications: {Old: {active: true}}}": (
        "Telnyx takes no such application: The 'webhook_event_url' parameter is required and cannot be blank."
    ),
    "account: {applications: {Old: {webhook_event_url: https://a.example.com, active: 1}}}": (
        "Telnyx takes no such application: The 'active' parameter must be of type 'boolean'"
    ),
    f"account: {{{OLD}, numbers: [x]}}": "'numbers' is a mapping: phone number -> name of its application",
    f'account: {{{OLD}, numbers: {{"020 7946": Old}}}}': "'020 7946' is no phone number",
    f"account: {{{OLD}, numbers: {{anonymous: Old}}}}": "'anonymous' is no number of an account",
    f'account: {{{OLD}, numbers: {{"+442079460999": Odl}}}}': "unknown application 'Odl'; did you mean 'Old'? (Old)",
    'account: {numbers: {"+442079460999": Old}}': "unknown application 'Old'; name it under 'applications'",
    "assume: followed": "'assume' is a mapping: fact -> alternative (redirects, ",
    "assume: {redircts: followed}": "unknown fact 'redircts'; did you mean 'redirects'?",
    "assume: {redirects: ignored}": "unknown alternative 'ignored' (failure, followed)",
    "assume: {redirects: }": "nothing is no alternative; write failure",
}


@pytest.mark.parametrize(("text", "sentence"), MISTAKES.items())
def test_a_mistake_in_the_account_is_one_complaint(text: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in mistake_at_top(tmp_path, text)


def test_a_mistake_in_an_application_is_shown_at_its_field(tmp_path: Path) -> None:
    text = "call: incoming\nscript: [dial]\naccount:\n  applications:\n    Old:\n      webhook_event_url: ftp://x\n"
    (message,) = messages(tmp_path, text)
    assert message.startswith("6:26: Telnyx takes no such application: ")
