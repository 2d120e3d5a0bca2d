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
