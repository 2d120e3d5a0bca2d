"""The library: each scenario passes on the reference application and fails on the mutant that it was written for.

In few processes: one for the reference application, one for each mutant, two of them at a time.
"""

import json
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from telnyx_simulator.conformance.catalogue import EVERY_RUN
from telnyx_simulator.conformance.catalogue import load as load_catalogue

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "fixtures" / "reference_app"
LIBRARY = ROOT / "scenarios"
SUFFIX = ".telnyx.yaml"


class Broken(NamedTuple):
    """The mutant that a scenario is there for, and what must say so: a finding's id, or any line of the scenario.

    Where a fault is given, that finding must name it.
    """

    mutant: str
    finding: str | None = None
    fault: str | None = None


# Scenario -> what breaks it.
BROKEN_BY: dict[str, Broken] = {
    "audio/a_caller_who_says_nothing_is_not_given_up": Broken("gives-up-on-silence", "script[2].absent"),
    "audio/a_lossy_line_loses_nothing_more_in_the_application": Broken("loses-frames", "expect[0]"),
    "audio/a_loud_caller_is_not_cut_off_at_the_top": Broken("echoes-too-loud", "expect[0]"),
    "audio/a_quiet_caller_is_heard_like_any_other": Broken("gates-quiet-callers", "script[4].expect"),
    "audio/a_uk_caller_hears_no_static": Broken("pcma-as-pcmu", "script[3].expect", "pcma_decoded_as_pcmu"),
    "audio/amr_wb_is_unpacked_bit_by_bit": Broken("amr-wb-stripped-of-a-byte", "script[3].expect"),
    "audio/an_echo_in_one_codec_is_the_same_bytes": Broken("attenuates-a-little", "expect[0]"),
    "audio/barge_in_stops_what_is_queued": Broken("talks-over-the-caller"),
    "audio/frames_come_back_once_and_in_order": Broken("doubles-frames", "expect[0]"),
    "audio/g722_is_decoded_at_16_khz_whatever_rate_is_announced": Broken(
        "g722-taken-at-its-word", "script[3].expect", "speed_x0.5"
    ),
    "audio/l16_is_little_endian_in_each_direction": Broken(
        "l16-read-big-endian", "script[3].expect", "l16_bytes_swapped"
    ),
    "audio/l16_is_played_at_the_rate_it_has": Broken("l16-taken-for-8-khz", "script[3].expect", "speed_x0.5"),
    "audio/no_message_is_shorter_than_a_frame": Broken("sends-crumbs"),
    "audio/opus_is_understood_at_any_rate": Broken("opus-taken-at-its-word", "script[3].expect"),
    "audio/replies_are_in_the_codec_that_was_asked_for": Broken(
        "reply-in-leg-codec", "script[2].expect", "replied_in_leg_codec"
    ),
    "audio/the_application_does_not_hear_itself": Broken("hears-itself"),
    "audio/the_application_keeps_up_with_real_time": Broken("sends-too-slowly", "expect[0]"),
    "audio/the_caller_hears_it_whichever_leg_is_the_default": Broken("trusts-the-default-leg", "script[2].expect"),
    "audio/the_caller_is_greeted_without_delay": Broken("greets-late", "script[2].expect"),
    "audio/the_greeting_is_clean_on_every_leg": Broken("reply-in-leg-codec", "script[2].expect"),
    "audio/the_greeting_is_samples_and_no_mp3_file": Broken("greets-in-mp3", "script[2].expect", "file_as_samples"),
    "audio/what_is_said_back_is_as_it_was_said": Broken("echoes-too-loud", "expect[3]"),
    "audio/what_is_sent_is_a_message_that_telnyx_knows": Broken("names-events-as-webhooks-do", "absent[0]"),
    "audio/what_the_application_returns_is_heard": Broken("names-no-mode", "script[2].expect", "silence"),
    "audio/what_the_caller_says_comes_back_complete": Broken("loses-frames"),
    "audio/what_the_caller_says_is_understood": Broken("looks-for-sound-in-chunk", "script[4].expect"),
    "calls/a_beep_that_comes_first_is_enough": Broken("waits-for-the-verdict", "script[5].expect"),
    "calls/a_burst_of_calls_is_answered": Broken("loses-calls-in-a-burst", "script[1].expect"),
    "calls/a_callee_hangs_up_first": Broken("hangs-up-whoever-hung-up", "script[6].absent"),
    "calls/a_caller_gives_up_at_any_moment": Broken("keeps-calls-in-their-streams", "script[4].expect"),
    "calls/a_caller_gives_up_before_the_answer": Broken("ended-call-reported-failed", "script[3].expect"),
    "calls/a_caller_hangs_up_while_the_colleague_is_called": Broken("lets-the-colleague-ring", "script[5].expect"),
    "calls/a_caller_is_told_that_the_colleague_is_busy": Broken("leaves-the-caller-in-silence", "script[5].expect"),
    "calls/a_caller_is_transferred_by_way_of_a_conference": Broken("leaves-the-colleague-behind", "script[8].expect"),
    "calls/a_caller_who_is_not_wanted_is_rejected": Broken("rejects-with-a-word-of-its-own", "script[2].expect"),
    "calls/a_caller_without_a_number_is_not_left_ringing": Broken("wants-a-number-of-everybody", "script[1].expect"),
    "calls/a_farewell_is_heard_to_its_end": Broken("hangs-up-before-it-is-heard", "script[3].expect"),
    "calls/a_human_is_not_kept_waiting_for_a_beep": Broken("waits-for-the-beep-of-humans", "script[4].expect"),
    "calls/a_hundred_short_calls_leave_nothing_behind": Broken("counts-calls-for-ever"),
    "calls/a_key_in_the_greeting_is_taken": Broken("loses-keys-while-it-speaks", "script[3].expect"),
    "calls/a_key_that_is_told_twice_is_one_key": Broken("acts-on-both-tellings", "expect[0]"),
    "calls/a_long_call_lives_on": Broken("takes-silence-for-the-end"),
    "calls/a_machine_that_hangs_up_gets_no_message": Broken("speaks-by-the-clock", "script[5].absent"),
    "calls/a_machine_without_a_beep_gets_its_message": Broken("waits-for-a-beep", "script[5].expect"),
    "calls/a_menu_is_driven_by_keys": Broken("ends-in-silence", "script[5].expect"),
    "calls/a_message_is_left_after_the_beep": Broken("speaks-before-the-beep", "script[5].absent"),
    "calls/a_message_that_was_taken_comes_as_text": Broken("forgets-the-text", "script[7].expect"),
    "calls/a_recording_has_a_channel_for_each_side": Broken("records-both-in-one", "script[6].expect"),
    "calls/a_recording_is_fetched_while_it_can_be": Broken("asks-for-mp3-of-a-wav", "script[7].expect"),
    "calls/a_recording_that_cannot_be_fetched_is_fetched_again": Broken("fetches-once", "script[7].expect"),
    "calls/a_set_up_that_fails_half_way_leaves_nothing_behind": Broken("leaves-half-a-set-up-behind", "expect[0]"),
    "calls/a_supervisor_whispers_to_the_agent_alone": Broken("lets-the-caller-hear-the-supervisor", "script[9].absent"),
    "calls/a_tear_down_that_failed_can_be_done_again": Broken("forgets-what-it-has-borrowed", "expect[0]"),
    "calls/a_thousand_short_calls_leave_nothing_behind": Broken("forgets-a-line-in-ten"),
    "calls/an_answering_machine_keeps_the_message": Broken("records-its-announcement", "script[4].expect"),
    "calls/an_incoming_call_is_answered": Broken("rejects-genuine-webhooks", "script[1].expect"),
    "calls/an_outgoing_call_is_answered_and_hung_up_by_the_application": Broken(
        "hangs-up-on-paper", "script[7].expect"
    ),
    "calls/an_outgoing_call_that_fails_is_reported_as_it_failed": Broken("busy-reported-completed", "script[4].expect"),
    "calls/caller_and_colleague_hear_each_other": Broken("forgets-whom-it-called", "script[4].expect"),
    "calls/callers_who_withhold_their_numbers_are_told_apart": Broken("keeps-calls-by-number", "script[8].expect"),
    "calls/hang_up_and_redial_at_once": Broken("takes-a-redial-for-a-repeat", "script[5].expect"),
    "calls/its_own_number_is_set_up_and_no_other": Broken("takes-the-first-number-found", "script[3].expect"),
    "calls/keys_are_received": Broken("takes-keys-for-numbers", "expect[0]"),
    "calls/keys_are_sent_as_they_were_asked_for": Broken("sends-keys-as-a-number", "script[3].expect"),
    "calls/many_keys_in_a_row_are_all_taken": Broken("keeps-room-for-four-keys", "expect[0]"),
    "calls/nobody_picks_up": Broken("knows-no-timeout", "script[2].expect"),
    "calls/nothing_is_said_before_the_answer": Broken("streams-while-it-rings", "script[2].absent"),
    "calls/of_two_calls_the_right_one_is_hung_up": Broken("keeps-too-little-of-a-number", "script[7].expect"),
    "calls/set_up_twice_is_set_up_once": Broken("sets-up-what-is-set-up", "expect[0]"),
    "calls/the_application_is_silent_once_people_talk": Broken("talks-on-in-a-transfer", "script[6].absent"),
    "calls/the_application_sets_up_its_number_and_puts_it_back": Broken("leaves-its-application-behind", "expect[0]"),
    "calls/the_same_key_twice_is_two_keys": Broken("takes-second-key-for-a-repeat", "expect[1]"),
    "calls/the_stream_is_where_the_application_said": Broken("builds-a-wrong-stream-url", "script[2].expect"),
    "calls/two_callers_are_served_at_one_time": Broken("one-format-for-all"),
    "calls/two_callers_do_not_hear_each_other": Broken("crosses-lines"),
    "calls/who_may_be_human_is_spoken_to": Broken("leaves-the-unsure-in-silence", "script[3].expect"),
    "calls/who_waits_longest_is_served_first": Broken("serves-the-last-first", "script[10].expect"),
    "faults/a_call_that_nobody_answers_never_starts_its_stream": Broken("greets-before-the-answer", "absent[0]"),
    "faults/a_command_for_an_ended_call_is_taken_calmly": Broken("retries-for-ever", "expect[0]"),
    "faults/a_command_that_is_cut_off_is_given_again": Broken("gives-up-when-cut-off", "script[2].expect"),
    "faults/a_key_comes_after_the_end": Broken("hangs-up-what-is-over", "script[6].absent"),
    "faults/a_number_that_may_not_be_called_is_not_dialed_again": Broken("dials-until-it-works", "script[6].absent"),
    "faults/a_repeated_key_counts_once": Broken("knows-repeats-by-state", "script[4].absent"),
    "faults/a_retry_after_two_seconds_is_a_duplicate": Broken("forgets-too-soon", "expect[0]"),
    "faults/a_signed_body_of_another_shape_breaks_nothing": Broken("trusts-the-shape", "script[4].absent"),
    "faults/a_slow_reply_holds_up_no_other_call": Broken("one-command-at-a-time", "script[3].expect"),
    "faults/a_stream_ends_without_stop": Broken("reopens-ended-calls", "expect[0]"),
    "faults/a_stream_waits_as_long_as_the_phone_rings": Broken("gives-up-on-a-late-start", "script[4].expect"),
    "faults/an_error_message_in_mid_call_ends_nothing": Broken("ends-at-any-error", "absent[0]"),
    "faults/an_unknown_event_is_acknowledged": Broken("knows-every-event", "script[4].expect"),
    "faults/client_state_is_left_out": Broken("needs-client-state", "script[1].expect"),
    "faults/event_names_come_with_underscores": Broken("splits-names-at-dots", "script[3].expect"),
    "faults/events_of_a_call_it_does_not_know_end_no_other": Broken("ends-its-call-at-any-end", "script[5].absent"),
    "faults/hangup_overtakes_answered": Broken("resurrects-ended-calls", "status_mapped"),
    "faults/media_come_twice_and_out_of_order": Broken("waits-for-every-chunk", "script[4].expect"),
    "faults/no_media_come": Broken("greets-at-the-first-media", "script[2].expect"),
    "faults/no_storm_when_telnyx_is_out_of_order": Broken("repeats-without-a-pause", "expect[0]"),
    "faults/nothing_is_said_after_stop": Broken("talks-on-after-stop", "script[6].absent"),
    "faults/one_failed_reply_does_not_lose_the_call": Broken("takes-a-fault-for-final", "script[2].expect"),
    "faults/strange_messages_come_before_start": Broken("strict-first-messages"),
    "faults/strange_messages_come_in_mid_call": Broken("ends-at-unknown-messages", "script[5].absent"),
    "faults/telnyx_is_gone_and_nothing_says_so": Broken("never-asks-who-is-there", "script[4].expect"),
    "faults/the_bill_comes_after_the_call": Broken("crashes-after-the-end", "script[4].expect"),
    "faults/the_end_of_a_call_comes_first": Broken("resurrects-ended-calls", "status_mapped"),
    "faults/the_leg_gets_another_call_control_id": Broken("knows-one-id", "script[5].expect"),
    "faults/the_reply_to_a_command_is_lost": Broken("renames-its-repeats", "absent[0]"),
    "faults/the_stream_cannot_be_opened": Broken("ignores-failed-streams", "script[1].expect"),
    "faults/the_stream_opens_before_the_answer_is_confirmed": Broken("tokens-come-late", "absent[0]"),
    "faults/the_websocket_is_cut_in_mid_call": Broken("leaves-dead-air", "script[4].expect"),
    "faults/webhooks_come_before_the_reply_to_dial": Broken("refuses-news-of-strangers", "script[1].expect"),
    "faults/webhooks_come_twice": Broken("answers-twice", "expect[0]"),
    "faults/webhooks_do_not_wait_for_commands": Broken("acknowledges-late", "expect[0]"),
    "faults/what_is_refused_is_not_asked_again": Broken("repeats-what-was-refused", "expect[0]"),
    "security/a_body_may_be_laid_out_in_any_way": Broken("reads-ascii-only", "script[1].expect"),
    "security/a_body_may_come_in_pieces": Broken("wants-to-know-the-length", "script[1].expect"),
    "security/a_code_made_with_the_public_key_has_no_effect": Broken(
        "takes-a-code-for-a-signature", "script[2].absent"
    ),
    "security/a_forged_answer_of_a_colleague_connects_nobody": Broken("trusts-its-second-route", "script[5].absent"),
    "security/a_forged_hangup_has_no_effect": Broken("verifies-the-first-event-only", "script[4].absent"),
    "security/a_forgery_is_refused": Broken("thanks-for-forgeries", "script[2].expect"),
    "security/a_forgery_of_another_form_has_no_effect": Broken("listens-to-get", "script[2].absent"),
    "security/a_second_timestamp_freshens_nothing": Broken(
        "looks-at-the-age-of-the-second-timestamp", "script[2].absent"
    ),
    "security/a_signature_of_another_key_has_no_effect": Broken("falls-back-on-a-key-of-zeros", "script[8].absent"),
    "security/a_signature_of_another_message_has_no_effect": Broken("takes-a-dot-for-the-bar", "script[10].absent"),
    "security/a_signature_that_is_none_has_no_effect": Broken("asks-for-a-header-only", "script[2].absent"),
    "security/a_signature_written_otherwise_has_no_effect": Broken(
        "reads-signatures-in-any-alphabet", "script[4].absent"
    ),
    "security/a_stale_webhook_has_no_effect": Broken("accepts-stale-webhooks", "script[2].absent"),
    "security/a_stream_without_its_token_is_refused": Broken("accepts-any-token", "script[1].expect"),
    "security/a_time_that_is_none_has_no_effect": Broken("reads-any-number-as-a-time", "script[10].absent"),
    "security/a_token_opens_one_stream": Broken("token-works-twice", "script[3].expect"),
    "security/a_webhook_may_be_minutes_old": Broken("allows-ten-seconds", "script[1].expect"),
    "security/a_webhook_of_the_future_has_no_effect": Broken("accepts-what-is-dated-ahead", "script[2].absent"),
    "security/a_webhook_played_again_has_no_second_effect": Broken("answers-twice", "script[3].absent"),
    "security/a_webhook_without_a_signature_has_no_effect": Broken("lets-unsigned-webhooks-pass", "script[2].absent"),
    "security/each_route_refuses_forgeries": Broken("trusts-its-second-route", "script[4].absent"),
    "security/each_route_takes_what_is_genuine": Broken("wants-its-headers-word-for-word", "script[1].expect"),
    "security/headers_may_be_written_in_any_way": Broken("wants-its-headers-word-for-word", "script[1].expect"),
    "security/other_bytes_than_were_signed_have_no_effect": Broken(
        "verifies-what-it-would-have-written", "script[2].absent"
    ),
    "security/two_signatures_are_none": Broken("reads-one-of-two-signatures"),
    "status/a_busy_line_is_told_from_a_success": Broken("busy-reported-completed", "script[4].expect"),
    "status/a_call_is_canceled_while_it_rings": Broken("completes-what-it-cancels", "script[5].expect"),
    "status/a_call_rings_before_it_is_answered": Broken("connected-at-once", "script[2].expect"),
    "status/a_call_that_fails_without_a_reason_is_no_success": Broken(
        "counts-no-reason-as-success", "script[4].expect"
    ),
    "status/a_call_that_is_answered_says_so": Broken("takes-no-note-of-the-answer", "script[4].expect"),
    "status/a_call_that_nobody_answered_was_not_completed": Broken(
        "completes-what-was-never-answered", "script[3].expect"
    ),
    "status/a_call_that_nobody_takes_is_told_by_either_word": Broken("knows-no-younger-causes", "script[4].expect"),
    "status/a_call_that_rings_too_long_is_not_answered": Broken("knows-no-timeout", "script[4].expect"),
    "status/a_cause_that_nobody_knows_is_no_success": Broken("spells-the-cause", "script[4].expect"),
    "status/a_declined_call_is_no_success": Broken("takes-a-refusal-for-success", "script[4].expect"),
    "status/a_number_that_nobody_has_is_no_success": Broken("takes-nobody-for-no-answer", "script[4].expect"),
    "status/a_talk_that_ends_for_no_known_cause_is_over": Broken("spells-the-cause", "script[4].expect"),
    "status/an_incoming_call_ends_well_whoever_hangs_up": Broken("blames-whoever-hangs-up", "script[5].expect"),
    "status/an_incoming_call_may_end_with_its_time": Broken("takes-the-time-limit-for-a-failure", "script[5].expect"),
    "status/an_incoming_call_may_fail_after_the_answer": Broken("completes-whatever-was-answered", "script[5].expect"),
    "status/an_incoming_call_that_is_refused_is_reported_so": Broken(
        "calls-every-lost-caller-canceled", "script[3].expect"
    ),
    "status/an_outgoing_call_ends_well_whoever_hangs_up": Broken("blames-whoever-hangs-up", "script[5].expect"),
    "status/an_outgoing_call_may_end_with_its_time": Broken("takes-the-time-limit-for-a-failure", "script[5].expect"),
    "status/an_outgoing_call_may_fail_after_the_answer": Broken("completes-whatever-was-answered", "script[5].expect"),
    "status/how_a_call_ended_does_not_depend_on_who_was_there": Broken(
        "counts-machines-as-no-answer", "script[5].expect"
    ),
}
# Caught by one of them as well: `test_mutants.py`, `test_checks_and_mutants.py`.
ELSEWHERE = {
    # By a scenario that has a mutant already: `fixtures/test_mutants_and_forgeries.py`.
    "accepts-forged-webhooks",
    "decodes-before-it-verifies",
    "goes-on-when-it-cannot-read",
    "strips-before-it-verifies",
    "verifies-the-body-alone",
    "works-without-a-key",
    "reply-in-leg-codec",
    "swaps-frames",
    "adds-a-constant",
    "answers-late",
    "echoes-late",
    "echoes-what-interrupts-it",
    "spells-the-cause",
    "takes-missed-calls-for-failures",
}

# Mistakes with media that real applications made, by their numbers in the fact sheet of streams.
MISTAKES_WITH_MEDIA = {
    "M1": "audio/a_uk_caller_hears_no_static",
    "M2": "audio/replies_are_in_the_codec_that_was_asked_for",
    "M3": "audio/l16_is_little_endian_in_each_direction",
    "M4": "audio/l16_is_played_at_the_rate_it_has",
    "M5": "audio/g722_is_decoded_at_16_khz_whatever_rate_is_announced",
    "M6": "audio/what_the_application_returns_is_heard",
    "M7": "faults/media_come_twice_and_out_of_order",
    "M8": "audio/barge_in_stops_what_is_queued",
    "M9": "faults/a_command_for_an_ended_call_is_taken_calmly",
    "M10": "faults/a_call_that_nobody_answers_never_starts_its_stream",
    "M11": "faults/strange_messages_come_before_start",
    "M12": "audio/the_application_does_not_hear_itself",
    "M13": "audio/the_caller_hears_it_whichever_leg_is_the_default",
    "M14": "audio/the_greeting_is_samples_and_no_mp3_file",
    "M15": "audio/no_message_is_shorter_than_a_frame",
    "M16": "calls/the_stream_is_where_the_application_said",
    "M17": "audio/what_is_sent_is_a_message_that_telnyx_knows",
    "M18": "audio/what_the_caller_says_is_understood",
    "M19": "audio/the_caller_is_greeted_without_delay",
    "M20": "faults/telnyx_is_gone_and_nothing_says_so",
    "M21": "faults/an_error_message_in_mid_call_ends_nothing",
    "M22": "faults/nothing_is_said_after_stop",
    "M23": "security/a_stream_without_its_token_is_refused",
    "M24": "faults/the_stream_opens_before_the_answer_is_confirmed",
}

Findings = list[dict[str, Any]]


def path_of(scenario: str) -> Path:
    return LIBRARY / f"{scenario}{SUFFIX}"


def run(profile: Path, scenarios: list[str], artifacts: Path) -> dict[str, Findings]:
    """Scenario -> the findings of all its runs."""
    files = [str(path_of(scenario).relative_to(ROOT)) for scenario in scenarios]
    command = [sys.executable, "-m", "telnyx_simulator", "run", *files, "--sut", str(profile), "--seed", "5", "-n", "4"]
    done = subprocess.run(
        [*command, "--artifacts-dir", str(artifacts)], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert done.returncode in (0, 1, 6), done.stdout + done.stderr
    found: dict[str, Findings] = defaultdict(list)
    names = {scenario.split("/")[1]: scenario for scenario in scenarios}
    for path in artifacts.glob("*/findings.json"):
        found[names[path.parent.name.split("[")[0]]] += json.loads(path.read_text())
    return found


Outcomes = dict[str, Future[dict[str, Findings]]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    folder = tmp_path_factory.mktemp("library")
    jobs: dict[str, list[str]] = {"reference": list(BROKEN_BY)}
    for scenario, (mutant, *_) in BROKEN_BY.items():
        jobs.setdefault(mutant, []).append(scenario)
    with ThreadPoolExecutor(2) as pool:
        results: Outcomes = {
            name: pool.submit(
                run,
                (REFERENCE / "mutants" / name if name != "reference" else REFERENCE) / "sut.yaml",
                job,
                folder / name,
            )
            for name, job in jobs.items()
        }
    return results  # all done; a run that went wrong fails the tests of its scenarios, and no others


def is_of_the_scenario(finding: dict[str, Any]) -> bool:
    return finding["id"].startswith(("script", "expect", "absent"))


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scenario", BROKEN_BY)
def test_a_scenario_passes_on_the_reference_application(scenario: str, outcomes: Outcomes) -> None:
    findings = outcomes["reference"].result()[scenario]
    assert [finding for finding in findings if finding["verdict"] in ("fail", "inconclusive")] == []
    own = [finding for finding in findings if is_of_the_scenario(finding)]
    assert {finding["verdict"] for finding in own} == {"pass"}, "nothing that the scenario says is left out"


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scenario", BROKEN_BY)
def test_a_scenario_fails_on_its_mutant(scenario: str, outcomes: Outcomes) -> None:
    mutant, wanted, fault = BROKEN_BY[scenario]
    failed = [finding for finding in outcomes[mutant].result()[scenario] if finding["verdict"] == "fail"]
    said = [one for one in failed if (one["id"] == wanted if wanted else is_of_the_scenario(one))]
    assert [one for one in said if fault in (None, one["fault"])], failed


# --- what needs no run -----------------------------------------------------------------------------------------------


def test_every_scenario_has_its_mutant_and_every_mutant_its_scenario() -> None:
    """Here, or in the catalogue of requirements, whose mutants `make conformance-table` tries."""
    requirements = load_catalogue().requirements
    files = {path.relative_to(LIBRARY).as_posix().removesuffix(SUFFIX) for path in LIBRARY.rglob(f"*{SUFFIX}")}
    assert files == set(BROKEN_BY) | {proof.scenario for one in requirements for proof in one.proof} - {EVERY_RUN}
    mutants = {folder.parent.name for folder in (REFERENCE / "mutants").glob("*/app.py")}
    here = {broken.mutant for broken in BROKEN_BY.values()}
    assert mutants == here | ELSEWHERE | {mutant for one in requirements for mutant in one.mutants}


def test_every_mistake_with_media_has_a_scenario_and_a_mutant_of_its_own() -> None:
    broken = [BROKEN_BY[scenario].mutant for scenario in MISTAKES_WITH_MEDIA.values()]
    assert len(set(broken)) == len(MISTAKES_WITH_MEDIA)
