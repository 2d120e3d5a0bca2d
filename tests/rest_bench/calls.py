"""What an application does during a call, as a script of requests that is gone through once per call.

Twenty requests, as they stand in code that answers, talks, listens and looks things up. What a later one needs of an
earlier reply (the leg's id) is put in for `{leg}`; at the rate of the benchmark a step takes a quarter of a second, so
that the call is answered (a second after the dial) by the time of the first command that needs it.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

# Somebody who answers after a second, says something, and stays.
CALLEE: Final = "+12025550150"


@dataclass(frozen=True, slots=True)
class Step:
    method: str
    path: str
    body: dict[str, Any] | None = None


def _act(verb: str, **body: Any) -> Step:
    return Step("POST", f"/calls/{{leg}}/actions/{verb}", body)


SCRIPT: Final[tuple[Step, ...]] = (
    Step("POST", "/calls", {"connection_id": "{connection}", "from": "{number}", "to": CALLEE}),
    Step("GET", "/calls/{leg}"),
    Step("GET", "/call_control_applications/{connection}"),
    Step("GET", "/phone_numbers?filter%5Bphone_number%5D=%2B12025550100"),
    Step("GET", "/connections/{connection}/active_calls?page%5Bsize%5D=20"),
    Step("PUT", "/calls/{leg}/actions/client_state_update", {"client_state": "c3RhdGU="}),
    Step("GET", "/call_control_applications?page%5Bsize%5D=20"),
    Step("GET", "/calls/{leg}"),
    _act("speak", payload="Thank you for calling. Please hold the line.", voice="female", language="en-US"),
    _act("playback_stop"),
    _act("gather", minimum_digits=1, maximum_digits=4, timeout_millis=5000),
    _act("gather_stop"),
    _act("gather_using_speak", payload="Press one, or two.", voice="female", language="en-US", valid_digits="12"),
    _act("gather_stop"),
    _act("send_dtmf", digits="12", duration_millis=100),
    Step("GET", "/call_events?filter%5Bleg_id%5D={leg_id}&page%5Bsize%5D=20"),
    Step("GET", "/webhook_deliveries?page%5Bsize%5D=20"),
    Step("GET", "/calls/{leg}"),
    _act("hangup"),
    Step("GET", "/calls/{leg}"),
)


# What can be asked over and over of a call that is answered: all but its beginning and its end.
MIDDLE: Final = SCRIPT[1:18]


def request(step: Step, known: dict[str, str], headers: str) -> bytes:
    """HTTP/1.1, ready to send."""
    path, body = step.path, json.dumps(step.body) if step.body is not None else ""
    for name, value in known.items():
        path, body = path.replace(f"{{{name}}}", value), body.replace(f"{{{name}}}", value)
    head = f"{step.method} /v2{path} HTTP/1.1\r\n{headers}"
    if step.body is None:
        return f"{head}\r\n".encode()
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
