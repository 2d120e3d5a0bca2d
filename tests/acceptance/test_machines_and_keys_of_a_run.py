"""Scenarios in which a machine picks up, and in which a person hears keys: from the file to the verdict."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from in_memory import NUMBER, ObservedApplication, run_in_memory
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.sut.application import Asked
from telnyx_simulator.sut.profile import Ask
from telnyx_simulator.transports.ports import WebhookReply

LISTENING = ("detect_words", "greeting_end")


class Dials(ObservedApplication):
    """Asked to place a call it dials with detection; to a human it sends keys, on a machine it hangs up.

    In a mode that hears greetings to their end it speaks then, and hangs up when it has spoken.
    """

    def __init__(self, mode: str, keys: tuple[str, ...]) -> None:
        super().__init__()
        self.mode = mode
        self.keys = keys
        self.profile = self.profile.model_copy(
            update={"ask": {"place_call": Ask(url="/calls")}, "does": ["machine_detection"]}
        )

    async def ask(self, name: str, words: Mapping[str, str]) -> Asked:
        assert self.exchange is not None
        [connection_id] = self.exchange.carrier.account.applications
        about = {"connection_id": connection_id, "to": words["to"], "from": NUMBER}
        self.take("dial", None, about | {"answering_machine_detection": self.mode})
        return Asked(told={"ask": name, "status": 202})

    def take(self, operation: str, leg: str | None, body: dict[str, Any]) -> None:
        assert self.exchange is not None
        command = RestCommand(operation=operation, path_id=leg, body=body)
        assert self.exchange.take(command, method="POST", path=f"/v2/{operation}").status == 200

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *more: Any) -> WebhookReply:
        data = json.loads(body)["data"]
        leg = data["payload"]["call_control_id"]
        if data["event_type"].endswith("detection.ended"):
            if data["payload"]["result"].startswith("human"):
                for digits in self.keys:
                    self.take("send_dtmf", leg, {"digits": digits})
            elif self.mode not in LISTENING:
                self.take("hangup", leg, {})
        if data["event_type"].endswith("greeting.ended"):
            self.take("speak", leg, {"payload": "Please call us back tomorrow.", "voice": "female"})
        if data["event_type"] == "call.speak.ended" and data["payload"]["status"] == "completed":
            self.take("hangup", leg, {})
        return WebhookReply(200)


def verdicts(tmp_path: Path, application: Dials, script: str) -> list[tuple[str, Verdict]]:
    file = tmp_path / "short.telnyx.yaml"
    file.write_text(f"requires: [machine_detection]\ncall: outgoing\nscript:\n  - ask: place_call\n{script}")
    [result] = run_in_memory(application, file, tmp_path / "artifacts")
    return [(one.id, one.verdict) for one in result.findings if one.id.startswith("script")]


@pytest.mark.parametrize(
    ("mode", "answer", "result"),
    [
        ("detect", "machine", "machine"),
        ("detect_beep", "not_sure", "not_sure"),
        ("premium", "fax_detected", "fax_detected"),
        ("premium", "human_business", "human_business"),
    ],
)
def test_what_picks_up_is_what_is_detected(mode: str, answer: str, result: str, tmp_path: Path) -> None:
    event = "call.machine.premium.detection.ended" if mode == "premium" else "call.machine.detection.ended"
    told = f"  - expect: {{webhook: {event}, with: {{result: {result}}}, within: 4s}}\n"
    script = f"  - answer: {answer}\n{told}  - expect: {'{digits: 12#}' if 'human' in answer else 'hangup'}\n"
    script = script.replace("12#", '"12#"')
    found = verdicts(tmp_path, Dials(mode, ("12#",)), script)
    assert found == [("script[2].expect", Verdict.PASS), ("script[3].expect", Verdict.PASS)]


@pytest.mark.parametrize(
    ("keys", "verdict"), [(("12#",), Verdict.PASS), (("1", "2w#"), Verdict.PASS), (("12",), Verdict.FAIL)]
)
def test_keys_are_expected_of_a_person(keys: tuple[str, ...], verdict: Verdict, tmp_path: Path) -> None:
    found = verdicts(tmp_path, Dials("detect", keys), '  - answer\n  - expect: {digits: "12#", within: 5s}\n')
    assert found == [("script[2].expect", verdict)]


LEAVES_A_MESSAGE = """  - answer: machine
  - play: [speech/en-1, speech/en-2{}]
  - expect: {{webhook: call.machine.greeting.ended, with: {{result: {}}}, within: 3s}}
  - expect: {{heard: talkspurt, within: 2s}}
  - expect: {{command: hangup, within: 9s}}
"""


@pytest.mark.parametrize(
    ("mode", "beep", "result"),
    [
        ("greeting_end", ", tone/beep", "beep_detected"),
        ("detect_words", ", tone/beep", "beep_detected"),
        ("greeting_end", "", "ended"),
    ],
)
def test_a_message_is_left_when_the_greeting_is_over(mode: str, beep: str, result: str, tmp_path: Path) -> None:
    """By the beep, or by silence; the pause between the sentences of a greeting is not its end."""
    found = verdicts(tmp_path, Dials(mode, ()), LEAVES_A_MESSAGE.format(beep, result))
    assert found == [(f"script[{n}].expect", Verdict.PASS) for n in (3, 4, 5)]
