"""First scenarios to start from, and the profile that `init` writes. Each stands as a file of its own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Beside the file that is written, so that an editor finds it whatever the project is called.
SCHEMA_FILES: Final = {"scenario": "scenario.schema.json", "sut": "sut.schema.json"}


@dataclass(frozen=True, slots=True)
class Template:
    """`says` is one line for the help; `text` a scenario without the line for editors."""

    says: str
    text: str


TEMPLATES: Final[dict[str, Template]] = {
    "incoming": Template(
        "somebody calls, the application answers",
        """\
why: say what breaks for whom when this does not hold
call: incoming
script:
  - dial
  - expect: answer
  - hangup
""",
    ),
    "outgoing": Template(
        "the application calls somebody; needs `ask: {place_call: ...}` in sut.yaml",
        """\
call: outgoing
script:
  - ask: place_call
  - expect: dial
  - wait: 1s
  - answer
  - wait: 2s
  - hangup
""",
    ),
    "failed": Template(
        "an outgoing call fails in each way there is; needs ask, status and status_map in sut.yaml",
        """\
why: applications that expect `busy` report `user_busy` as completed
matrix: {cause: [user_busy, call_rejected, no_answer, not_found, unspecified]}
call: outgoing
script:
  - ask: place_call
  - expect: dial
  - wait: 1s
  - refuse: $cause
  - expect: {status: mapped}
""",
    ),
    "sound": Template(
        "a caller speaks and hears it back; needs `audio: {observe: loopback}` in sut.yaml",
        """\
why: Telnyx announces PCMA for UK legs; decoded as PCMU the whole call is static
matrix: {leg_codec: [PCMU, PCMA]}
call: {direction: incoming, leg_codec: $leg_codec}
script:
  - dial
  - expect: answer
  - play: speech/en-1
  - expect: {heard: speech/en-1, min_snr: 25 dB, within: 2s}
  - hangup
""",
    ),
    "keys": Template(
        "a caller presses keys",
        """\
call: incoming
script:
  - dial
  - expect: answer
  - expect: {stream: started}
  - press: "12#"
  - expect: {webhook: call.dtmf.received}
  - hangup
""",
    ),
    "forged": Template(
        "a webhook that Telnyx did not sign has no effect",
        """\
why: whoever knows the webhook's URL could end calls otherwise
matrix: {signature: [none, wrong_key, other_body]}
call: incoming
script:
  - dial
  - expect: answer
  - wait: 1s
  - webhook: {event: call.hangup, signature: $signature}
  - absent: {effect: any, for: 2s}
  - hangup
  - expect: {webhook: call.hangup, why: the genuine one must still be taken}
""",
    ),
    "webhooks": Template(
        "webhooks come twice, late and in another order",
        """\
why: an application that acts on each delivery answers twice, and believes the last one that came
call: incoming
webhooks:
  call.initiated: {duplicate: [0ms, 3s]}
  call.answered: {after: call.hangup}
script:
  - dial
  - expect: answer
  - absent: {command: answer, for: 4s}
  - hangup
  - expect: {webhook: call.answered}
expect:
  - {status: mapped}
""",
    ),
    "commands": Template(
        "Telnyx is out of order for a moment",
        """\
why: an application that takes 429 or 5xx for final lets the caller ring on
matrix: {status: [429, 500, 503]}
call: incoming
commands: {answer: {nth: 1, error: $status}}
script:
  - dial
  - expect: {command: answer, reply: 200, within: 10s}
  - hangup
expect:
  - {command: answer, times: 1..4}
""",
    ),
    "several": Template(
        "two people call at one time, and hear themselves; needs `audio: {observe: loopback}` in sut.yaml",
        """\
why: what is kept once for the application, and not for each call, mixes callers up
calls:
  Alice: {direction: incoming, mic: watermark}
  Bob: {direction: incoming, leg_codec: PCMU, mic: watermark}
script:
  - Alice: dial
  - Bob: dial
  - Bob: {expect: {heard: Bob, for: 3s}}
  - Bob: hangup
  - Alice: {expect: {heard: Alice, for: 2s, why: the other's end must not disturb her}}
absent:
  - Alice: {heard: Bob}
  - Bob: {heard: Alice}
""",
    ),
    "machine": Template(
        "a machine answers; needs `ask: {leave_message: ...}` and `does: [machine_detection]` in sut.yaml",
        """\
why: what is said before the beep is not on the tape
requires: [machine_detection]
call: outgoing
script:
  - ask: leave_message
  - answer: machine
  - play: speech/en-4
  - play: tone/beep
  - expect: {command: {one_of: [speak, playback_start]}, within: 3s}
  - expect: {command: hangup, within: 15s}
""",
    ),
    "transfer": Template(
        "a caller meets a colleague; needs `ask: {transfer: ...}` and `does: [conference]` in sut.yaml",
        """\
why: the colleague must not be left on the line when the caller has gone
requires: [conference]
calls:
  Caller: {direction: incoming}
  Agent: {direction: outgoing, to: any, leg_codec: PCMU}
script:
  - Caller: dial
  - Caller: {expect: answer}
  - Caller: {ask: transfer}
  - Agent: answer
  - Caller: {expect: {command: conference.join, within: 5s}}
  - Caller: hangup
  - Agent: {expect: {hangup_cause: any, within: 2s}}
""",
    ),
    "line": Template(
        "the line is bad, or the stream is cut",
        """\
why: an application that takes a lost WebSocket for the end of the call leaves the caller on a dead line
call: {direction: incoming, line: {pstn: mobile}}
script:
  - dial
  - expect: {stream: started}
  - wait: 2s
  - line: {websocket: cut}
  - expect: {command: {one_of: [streaming_start, hangup]}, within: 10s}
""",
    ),
    "account": Template(
        "a number is set up and put back; needs `ask: {setup: ..., teardown: ...}` in sut.yaml",
        """\
why: what an application leaves behind in the account answers somebody else's calls, or costs money
account:
  applications: {Old: {webhook_event_url: "https://old.example.com/telnyx"}}
  numbers: {"+442079460999": Old}
call: {direction: incoming, to: "+442079460999"}
script:
  - ask: setup
  - expect: number.update
  - dial
  - expect: answer
  - hangup
  - ask: teardown
expect:
  - {account: unchanged}
""",
    ),
    "many": Template(
        "many short calls at one time, and again",
        """\
why: what each call leaves behind is missed when it is used up, on the busiest day
repeat: 4
at_once: 25
call: incoming
script:
  - dial
  - expect: {command: answer, within: 20s}
  - hangup
  - expect: {webhook: call.hangup}
""",
    ),
}


def template_text(name: str) -> str:
    return schema_line("scenario") + TEMPLATES[name].text


def schema_line(kind: str) -> str:
    return f"# yaml-language-server: $schema={SCHEMA_FILES[kind]}\n"


def profile_text(*, url: str | None, command: str | None, ready: str | None, webhook_url: str) -> str:
    """`sut.yaml` for an application that runs already (`url`) or that we start (`command`)."""
    return f"""\
{schema_line("sut")}\
# How telnyx-sim reaches the application under test; `telnyx-sim schema sut` has every key.
{_start(url=url, command=command, ready=ready)}webhook_url: {_quoted(webhook_url)}

# Each of these lets more be tested; what is not here is "not exercised", never a failure.
# ask: {{place_call: {{method: POST, url: /calls, json: {{to: "{{to}}"}}}}}}              # place a call
# status: {{poll: {{url: "/calls/{{call_control_id}}", pointer: /status}}}}            # its own view of a call
# status_map: {{answered: in-progress, normal_clearing: completed, user_busy: busy, no_answer: no-answer}}
# audio: {{observe: loopback, clips: {{greeting: greeting.wav}}}}                     # it says back what it hears
# codecs: [PCMU, PCMA, L16]
"""


def _start(*, url: str | None, command: str | None, ready: str | None) -> str:
    if command is None:
        return f"url: {_quoted(url or '')}\n"
    about = f"command: {_quoted(command)}" + (f", ready: {_quoted(ready)}" if ready else "")
    return f"""\
start: {{{about}}}
env:
  PORT: "{{port}}"
  TELNYX_API_KEY: "{{api_key}}"
  TELNYX_BASE_URL: "{{api_v2}}"
  TELNYX_PUBLIC_KEY: "{{public_key}}"
  TELNYX_CONNECTION_ID: "{{connection_id}}"
  TELNYX_NUMBER: "+12025550100"
"""


def _quoted(text: str) -> str:
    """JSON's quotes are YAML's too."""
    return json.dumps(text, ensure_ascii=False)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
