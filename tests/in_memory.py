"""An application that lives in memory, and the hall in which it is tested on a virtual clock."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

from telnyx_simulator import resources
from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.draws import Draws
from telnyx_simulator.scenario.hall import Hall, Options
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.runner import RunResult
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.sut.profile import Audio, Poll, Profile, Status
from telnyx_simulator.transports.clock import Clock, run_virtual
from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.metronome import running_metronome
from telnyx_simulator.transports.ports import StreamListener, WebhookReply
from telnyx_simulator.transports.session import Carrier, Session
from telnyx_simulator.transports.signer import Signer

ROOT = Path(__file__).parent.parent
PCMU, PCMA = parse_codec("PCMU"), parse_codec("PCMA")
NUMBER = "+12025550100"

GREETING = "fixtures/reference_app/greeting.wav"

Encode = Callable[[bytes, Codec], bytes]


def right(payload: bytes, heard: Codec) -> bytes:
    """Decode what was announced, encode what was asked for."""
    return PCMU.encode(heard.decode(payload))


class InMemoryApplication:
    """Answers each incoming call, may greet, and echoes. Both ports of the virtual lane.

    One that `is_observed` is a `sut.application.Application` as well, as far as runs look at it.
    """

    is_observed = False

    def __init__(self, encode: Encode = right, *, greet: Callable[[Codec], bytes] | None = None) -> None:
        self.encode = encode
        self.greet = greet
        self.asks_for: dict[str, object] = {}
        self.exchange: Exchange | None = None
        self.insert_silence_at: int | None = None
        self.hold_back_at: int | None = None
        self.streams: list[InMemoryStream] = []
        clips = {"greeting": str(ROOT / GREETING)} if greet else {}
        self.profile = Profile(
            url="http://127.0.0.1",
            webhook_url="/",
            audio=Audio(observe="loopback", clips=clips),
            codecs=["PCMU", "PCMA", "L16"],
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout_ns: int) -> WebhookReply:
        data = json.loads(body)["data"]
        if data["event_type"] == "call.initiated":
            assert self.exchange is not None
            command = RestCommand(
                operation="answer",
                path_id=data["payload"]["call_control_id"],
                body={"stream_url": "ws://127.0.0.1/media", "stream_bidirectional_mode": "rtp"} | self.asks_for,
            )
            self.exchange.take(command, method="POST", path="/v2/calls/x/actions/answer")
        return WebhookReply(200)

    async def open(
        self, url: str, headers: Mapping[str, str], listener: StreamListener, timeout_ns: int
    ) -> "InMemoryStream":
        self.streams.append(InMemoryStream(self, listener))
        return self.streams[-1]


class ObservedApplication(InMemoryApplication):
    """One that can be asked for things and for its own view of each call."""

    is_observed = True
    ended: int | None = None

    def __init__(self, encode: Encode = right, *, greet: Callable[[Codec], bytes] | None = None) -> None:
        super().__init__(encode, greet=greet)
        self.statuses: dict[str, str] = {}
        self.profile = self.profile.model_copy(
            update={
                "status": Status(poll=Poll(url="/calls", pointer="/status")),
                "status_map": {"answered": "in-progress", "normal_clearing": "completed", "user_busy": "busy"},
            }
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *more: Any) -> WebhookReply:
        data = json.loads(body)["data"]
        call, before = data["payload"]["call_control_id"], self.statuses.get(data["payload"]["call_control_id"])
        match data["event_type"]:
            case "call.answered" if before is None:
                self.statuses[call] = "in-progress"
            case "call.hangup":
                self.statuses[call] = "busy" if data["payload"]["hangup_cause"] == "user_busy" else "completed"
        return await super().post(url, body, headers, *more)

    async def status(self, words: Mapping[str, str]) -> str | None:
        return self.statuses.get(words["call_control_id"])

    def tell_refusals(self) -> None:
        """It is no process, and nothing stands between it and the network."""


class InMemoryStream:
    def __init__(self, application: InMemoryApplication, listener: StreamListener) -> None:
        self._application = application
        self._listener = listener
        self._heard = PCMU
        self._frames = 0
        self._held: list[bytes] = []

    def send(self, text: bytes) -> None:
        message = json.loads(text)
        if message["event"] == "start":
            form = message["start"]["media_format"]
            rate = f"/{form['sample_rate']}" if form["encoding"] == "L16" else ""
            self._heard = parse_codec(form["encoding"] + rate)
            if self._application.greet:
                self._reply(self._application.greet(self._heard))
        if message["event"] != "media":
            return
        self._frames += 1
        if self._frames == self._application.insert_silence_at:
            self._reply(b"\xff" * 160)
        payload = self._application.encode(base64.b64decode(message["media"]["payload"]), self._heard)
        first = self._application.hold_back_at
        if first is not None and first <= self._frames < first + 8:
            self._held.append(payload)
            return
        for late in [*self._held, payload]:
            self._reply(late)
        self._held.clear()

    def _reply(self, payload: bytes) -> None:
        text = json.dumps({"event": "media", "media": {"payload": base64.b64encode(payload).decode()}}).encode()
        asyncio.get_running_loop().call_soon(self._listener.on_text, text)

    def say(self, payload: bytes) -> None:
        """All of it at once, in messages of 200 ms."""
        for at in range(0, len(payload), 1600):
            self._reply(payload[at : at + 1600])

    def close(self) -> None:
        pass


@contextlib.asynccontextmanager
async def in_memory_hall(
    application: InMemoryApplication, clock: Clock, artifacts: Path, *, seed: int = 1
) -> AsyncIterator[Hall]:
    async with running_metronome(clock) as metronome:
        account = Account(Draws(seed), base_url="http://127.0.0.1:3")
        connection = account.add_application("in memory", "http://127.0.0.1/hook", clock.unix_ns())
        account.add_number(NUMBER, connection, clock.unix_ns())
        signer = Signer(resources.test_private_key())
        carrier = Carrier(clock, account, signer, metronome, application, application)
        house = Session(carrier, run="house", draws=Draws(seed), directory=artifacts / "house", header={"seed": seed})
        application.exchange = Exchange(carrier, house, strangers_answer=False)
        options = Options(seed=seed, artifacts=artifacts, root=Path.cwd())
        process: Any = application if application.is_observed else None
        try:
            yield Hall(options, application.exchange, application.profile, process)
        finally:
            await house.close()


def run_in_memory(
    application: InMemoryApplication, scenario: Path, artifacts: Path, *, seed: int = 1
) -> list[RunResult]:
    async def main(clock: Clock) -> list[RunResult]:
        async with in_memory_hall(application, clock, artifacts, seed=seed) as hall:
            return await hall.run_all(load([scenario]))

    return run_virtual(main)
