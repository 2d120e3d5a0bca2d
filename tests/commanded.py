"""An application in memory that gives the commands that a scenario asks it for, and keeps every webhook that comes."""

from collections.abc import Mapping, Sequence
from typing import Any

from in_memory import GREETING, NUMBER, ROOT, Encode, ObservedApplication, right
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.sut.application import Asked
from telnyx_simulator.sut.profile import Ask
from telnyx_simulator.transports.ports import Fetched, WebhookReply
from wire import Received

# An operation and its parameters; `{leg}` in them is the leg that the ask is about, `{callee}` that which was dialed.
Command = tuple[str, dict[str, Any]]


class CommandedApplication(ObservedApplication):
    """Answers who calls, with the parameters `answer`; asked for something, it gives the commands of `asks`, in order.

    A command to a leg is to the one that the ask is about; one to a conference or a connector, to that which was made
    last. Every command must be taken. Whatever it fetches is the greeting of the reference application.
    """

    def __init__(
        self, asks: Mapping[str, Sequence[Command]], *, answer: Mapping[str, Any], encode: Encode = right
    ) -> None:
        super().__init__(encode)
        self.asks = asks
        self.answer = dict(answer)
        self.came: list[Received] = []
        self._made: dict[str, str] = {}
        self._callee = ""
        self.profile = self.profile.model_copy(update={"ask": {name: Ask(url=f"/{name}") for name in asks}})

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *more: Any) -> WebhookReply:
        self.came.append(Received(f"POST {url} HTTP/1.1", list(headers.items()), body))
        payload = self.came[-1].data["payload"]
        if self.came[-1].event == "call.initiated" and payload["direction"] == "incoming":
            self._give("answer", self.answer, payload["call_control_id"])
        self._note_status(self.came[-1])
        return WebhookReply(200)

    def _note_status(self, came: Received) -> None:
        payload = came.data["payload"]
        if came.event == "call.answered":
            self.statuses[payload["call_control_id"]] = "in-progress"
        if came.event == "call.hangup":
            is_busy = payload["hangup_cause"] == "user_busy"
            self.statuses[payload["call_control_id"]] = "busy" if is_busy else "completed"

    async def fetch(self, url: str, timeout_ns: int, bytes_max: int) -> Fetched:
        return Fetched(200, (ROOT / GREETING).read_bytes())

    async def ask(self, name: str, words: Mapping[str, str]) -> Asked:
        for operation, body in self.asks[name]:
            self._do(operation, body, words)
        return Asked(told={"ask": name, "status": 202})

    def _do(self, operation: str, body: Mapping[str, Any], words: Mapping[str, str]) -> None:
        assert self.exchange is not None
        leg = words.get("call_control_id", "")
        about = _filled(body, {"{leg}": leg, "{callee}": self._callee})
        family, _, verb = operation.partition(".")
        if operation == "dial":
            [connection_id, *_] = self.exchange.carrier.account.applications
            self._give(operation, {"connection_id": connection_id, "to": words["to"], "from": NUMBER} | about)
        elif operation == "conference.create":
            self._give(operation, {"call_control_id": leg} | about)
        elif operation == "queue.delete":
            self._give(operation, {}, about["queue_name"])
        elif verb == "create":
            self._give(operation, about)
        else:
            self._give(operation, about, self._made[family] if verb else leg)

    def _give(self, operation: str, body: Mapping[str, Any], *ids: str) -> None:
        assert self.exchange is not None
        command = RestCommand(operation=operation, path_id=next(iter(ids), None), path_ids=ids, body=dict(body) or None)
        method = "DELETE" if operation.endswith(".delete") else "POST"
        reply = self.exchange.take(command, method=method, path=f"/v2/{operation}")
        assert reply.status is not None
        assert reply.status < 300, (operation, reply.body)
        if operation.endswith(".create"):
            data = reply.body["data"]
            self._made[operation.partition(".")[0]] = data.get("id") or data["name"]
        if operation == "dial":
            self._callee = reply.body["data"]["call_control_id"]


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """The same with its words in place of their names."""
    match value:
        case str():
            return words.get(value, value)
        case Mapping():
            return {key: _filled(part, words) for key, part in value.items()}
        case list():
            return [_filled(part, words) for part in value]
    return value
