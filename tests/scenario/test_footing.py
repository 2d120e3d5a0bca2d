"""What scenarios rest on: each word that touches something assumed is found at its place, and nothing else is."""

from pathlib import Path

import pytest
from scenario_files import loaded

from telnyx_simulator.facts.evidence import Evidence
from telnyx_simulator.facts.ledger import ledger
from telnyx_simulator.scenario.footing import Footing, footings

HEAD = "call: incoming\nscript: [dial, expect: answer, hangup]\n"


def rests(folder: Path, text: str, *evidence: Evidence) -> list[Footing]:
    (scenario,) = loaded(folder, text)
    wanted = evidence or (Evidence.ASSUMED,)
    return [one for one in footings(scenario, root=folder) if one.row.evidence in wanted]


def step(text: str, *, direction: str = "incoming") -> str:
    return f"call: {direction}\nscript:\n  - wait: 1s\n  - {text}\n"


# Ways to write a body, which nobody has seen Telnyx use.
SHAPES_NOBODY_SAW = ("wide", "tabs", "crlf", "ending", "escaped", "slashes", "unicode", "deep", "big")
# A scenario for each assumed row that words can touch, and the word.
TOUCHED = [
    (step("expect: {webhook: call.gather.ended, with: {gather_id: a}}"), "call.gather.ended: gather_id", "gather_id"),
    (step("expect: {webhook: call.sip_info.received, with: {body: a}}"), "call.sip_info.received: body", "body"),
    (
        step("expect: {webhook: call.sip_info.received, with: {content_type: a}}"),
        "call.sip_info.received: content_type",
        "content_type",
    ),
    (HEAD + "commands: {streaming_start: {error: 90045}}\n", "media_streaming_used", "90045"),
    (step("refuse: no_answer", direction="outgoing"), "no_answer", "no_answer"),
    (step("refuse: not_found", direction="outgoing"), "not_found", "not_found"),
    (step("hangup: timeout"), "timeout", "timeout"),
    (step("hangup: {cause: time_limit}"), "time_limit", "time_limit"),
    (HEAD + "webhooks: {all: {lose_ack: 1}}\n", "WEBHOOK_RETRY_MS", "lose_ack"),
    (step("expect: {webhook: call.answered, reply: 5xx}"), "WEBHOOK_RETRY_MS", "reply"),
    (step("expect: {webhook: call.cost, with: {total_cost: '0.0020'}}"), "COSTS_A_MINUTE", "total_cost"),
    (step("expect: {stream: opened, within: 500ms}"), "STREAM_OPEN_DELAY_MS", "within"),
    (step("expect: {webhook: streaming.failed}"), "STREAM_HANDSHAKE_MS", "streaming.failed"),
    (
        step("expect: {webhook: call.recording.transcription.saved}"),
        "TRANSCRIPTION_DELAY_MS",
        "call.recording.transcription.saved",
    ),
    (
        step("expect: {webhook: call.conversation_insights.generated}"),
        "INSIGHTS_DELAY_MS",
        "call.conversation_insights.generated",
    ),
    (step("expect: {webhook: call.payment.completed}"), "PAY_PATIENCE_MS", "call.payment.completed"),
    (step("expect: {webhook: call.payment.progress}"), "PAY_ATTEMPTS", "call.payment.progress"),
    (step("answer: fax_detected", direction="outgoing"), "plain result fax_detected", "fax_detected"),
    (HEAD + "webhooks: {all: {lose_ack: 1}}\n", "retry_signature", "lose_ack"),
    (HEAD + "assume:\n  short_media: refused\n", "short_media", "short_media"),
    (HEAD + "expect: [{measure: message_duration, min: 20ms}]\n", "short_media", "message_duration"),
    (step("expect: {webhook: call.speak.ended, with: {status: completed}}"), "stopped_speak", "status"),
    (
        step("expect: {webhook: conference.ended, with: {reason: all_left}}"),
        "reason_of_ended_conference",
        "reason",
    ),
    (HEAD + "webhooks:\n  all: {shape: compact}\n", "compact", "compact"),
    (HEAD + "webhooks:\n  all: {shape: query}\n", "query", "query"),
    *((HEAD + f"webhooks:\n  all: {{shape: {shape}}}\n", shape, shape) for shape in SHAPES_NOBODY_SAW),
    (step("line: {pstn: good}"), "pstn: good", "good"),
    (step("line: {pstn: mobile}"), "pstn: mobile", "mobile"),
    (HEAD.replace("incoming", "{direction: incoming, line: {pstn: bad}}"), "pstn: bad", "bad"),
    (step("line: {websocket: stalls}"), "websocket: stalls", "stalls"),
    (step("line: {websocket: thin}"), "websocket: thin", "thin"),
]
# Assumed rows that no word touches, by why not.
UNTOUCHED = {
    "what an application gets that errs: it is not known beforehand": {
        "invalid_value",
        "not_parked",
        "already_bridged",
        "queue_empty",
        "queued_call_ended",
        "not_queued",
        "still_queued",
        "queue_exists",
        "not_supervising",
        "not_participating",
    },
    "of the simulator alone": {"not_built_yet", "missing_library", "WEBHOOK_SPACING_MS"},
    "of sounds that the application has played, and of keys that it sends": {
        "SOUND_FETCH_MS",
        "SOUND_BYTES_MAX",
        "DTMF_GAP_MS",
    },
    "of detection that the application asks for or not": {"premium result human", "a beep before plain detection"},
    "a preset that does nothing": {"pstn: clean", "websocket: clean"},
}


@pytest.mark.parametrize(("text", "row", "word"), TOUCHED, ids=[f"{row} by {word}" for _, row, word in TOUCHED])
def test_a_word_that_rests_on_what_is_assumed_is_found_at_its_place(
    text: str, row: str, word: str, tmp_path: Path
) -> None:
    places = {one.row.name: one.place for one in rests(tmp_path, text)}
    assert row in places
    line = text.splitlines()[places[row].line - 1]
    assert line[places[row].column - 1 :].startswith(word)


def test_every_assumed_row_is_touched_by_a_word_or_cannot_be() -> None:
    assumed = {row.name for row in ledger() if row.evidence is Evidence.ASSUMED}
    touched = {row for _, row, _ in TOUCHED}
    untouched = set[str]().union(*UNTOUCHED.values())
    assert touched | untouched == assumed
    assert not touched & untouched


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        step("expect: {heard: speech/en-1}"),
        step("refuse: user_busy", direction="outgoing"),
        step("refuse: {cause: no_answer, sip: '480'}", direction="outgoing"),
        step("expect: {hangup_cause: no_answer}"),
        step("answer: machine", direction="outgoing"),
        step("expect: {webhook: call.speak.ended}"),
        step("expect: {stream: closed, within: 1s}"),
        step("expect: {stream: opened}"),
        HEAD.replace("incoming", "{direction: incoming, stream: {open_delay: 1s}}").replace(
            "answer", "{stream: opened, within: 2s}"
        ),
        step("line: {pstn: [{loss: 3%}]}"),
        step("line: {pstn: clean}"),
        HEAD.replace("incoming", "{direction: incoming, stream: {fail: connection_failed}}").replace(
            "answer", "{webhook: streaming.failed}"
        ),
        HEAD + "commands: {hangup: {error: 90018}}\n",
        HEAD + "commands: {hangup: {error: 503}}\n",
        HEAD + "webhooks: {all: {shape: pretty, duplicate: 0ms}}\n",
    ],
)
def test_what_is_known_better_is_not_among_it(text: str, tmp_path: Path) -> None:
    assert rests(tmp_path, text) == []


def test_retries_whose_times_are_given_rest_on_their_signature_alone(tmp_path: Path) -> None:
    text = HEAD + "account: {webhook_retries: [1s]}\nwebhooks: {all: {lose_ack: 1}}\n"
    assert [one.row.name for one in rests(tmp_path, text)] == ["retry_signature"]


def test_what_is_chosen_against_the_better_evidence_is_assumed(tmp_path: Path) -> None:
    assert [one.row.name for one in rests(tmp_path, HEAD + "assume: {redirects: followed}\n")] == ["redirects"]
    assert rests(tmp_path, HEAD + "assume: {redirects: failure}\n") == []


def test_what_is_heard_rests_on_what_is_reported(tmp_path: Path) -> None:
    found = rests(tmp_path, step("expect: {heard: speech/en-1}"), Evidence.REPORTED)
    assert [one.row.name for one in found] == ["return_without_rtp", "target_legs_default"]


def test_it_is_told_with_place_row_source_and_what_to_do(tmp_path: Path) -> None:
    (one,) = rests(tmp_path, step("refuse: no_answer", direction="outgoing"))
    assert one.render() == (
        "a_uk_caller.telnyx.yaml:4:13: 'no_answer' rests on what is assumed: hangup causes, no_answer"
        " (FreeSWITCH's table of SIP and Q.850 causes); give its `sip:`\n"
        "    4 |   - refuse: no_answer\n"
        "      |             ^^^^^^^^^"
    )
