"""A server, the official SDK's client for it, and cases: how each operation is called through it."""

import asyncio
import contextlib
import functools
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import httpx
from telnyx import AsyncTelnyx, DefaultAsyncHttpxClient, Telnyx

from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.facts.webhooks import FIELDS
from telnyx_simulator.transports.playground import Playground
from wire import API_KEY, Receiver, assert_fields, receiving, serving

CALLER = "+12025550123"
# Answers after a second, and stays.
CALLEE = "+12025550106"
UNKNOWN_ID = "v3:" + "A" * 54
STREAM_URL = "ws://127.0.0.1:9/nobody"  # the port of `discard`: the handshake fails, which is all the same here


_COUNT = itertools.count(1)


class InThread:
    """The synchronous SDK, each call of it in a thread: so that cases are written once."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Any:
        return InThread(getattr(self._of, name))

    def __call__(self, *arguments: Any, **named: Any) -> Awaitable[Any]:
        return asyncio.to_thread(self._of, *arguments, **named)


@dataclass(frozen=True, slots=True)
class Line:
    """A server, the SDK's client for it, a plain client beside it, and where its webhooks arrive.

    `seen` are the operations that both clients asked for, with the status of each reply.
    """

    ground: Playground
    sdk: AsyncTelnyx
    plain: httpx.AsyncClient
    receiver: Receiver
    seen: list[tuple[str, int]] = field(default_factory=list)

    def in_threads(self) -> "Line":
        """The same with the synchronous client."""
        sdk = self.sdk
        sync = Telnyx(base_url=sdk.base_url, api_key=sdk.api_key, max_retries=0, _strict_response_validation=True)
        return replace(self, sdk=cast(AsyncTelnyx, InThread(sync)))

    async def parked(self) -> str:
        """The id of an incoming leg that waits for the application."""
        call = {"from": CALLER, "to": self.ground.number}
        reply = await self.plain.post("/_sim/calls", json=call)
        return str(reply.json()["data"]["call_control_id"])

    async def answered(self) -> str:
        leg = await self.parked()
        await self.sdk.calls.actions.answer(leg)
        return leg

    async def picked_up(self, **parameters: Any) -> str:
        """The id of a dialed leg that was answered."""
        reply = await self.dialing(to=CALLEE, **parameters)
        leg = str(reply.json()["data"]["call_control_id"])
        await self.receiver.event("call.answered", leg)
        return leg

    def name(self, kind: str) -> str:
        """A name that nothing has yet."""
        return f"{kind} {next(_COUNT)}"

    async def conference(self, **parameters: Any) -> tuple[str, str]:
        """The ids of a conference and of the leg that it is made of."""
        leg = await self.answered()
        created = await self.sdk.conferences.create(call_control_id=leg, name=self.name("room"), **parameters)
        assert created.data is not None
        return created.data.id, leg

    async def waiting(self, **parameters: Any) -> tuple[str, str]:
        """The name of a queue, and the id of a leg in it."""
        leg, queue = await self.answered(), self.name("queue")
        await self.sdk.calls.actions.enqueue(leg, queue_name=queue, **parameters)
        return queue, leg

    async def recorded(self, **parameters: Any) -> tuple[str, str]:
        """The ids of a recording whose file is there, and of the leg that was recorded."""
        leg = await self.answered()
        await self.sdk.calls.actions.start_recording(leg, channels="dual", format="wav", **parameters)
        await self.sdk.calls.actions.stop_recording(leg)
        saved = await self.told("call.recording.saved", call_control_id=leg)
        return str(saved["recording_id"]), leg

    async def transcribed(self) -> tuple[str, str]:
        """The ids of the text of a recording, and of the recording."""
        recording, _ = await self.recorded(transcription=True)
        saved = await self.told("call.recording.transcription.saved", recording_id=recording)
        return str(saved["recording_transcription_id"]), recording

    async def ended(self) -> str:
        leg = await self.parked()
        await self.sdk.calls.actions.hangup(leg)
        return leg

    async def application(self, name: str = "one of ours") -> str:
        created = await self.sdk.call_control_applications.create(
            application_name=name, webhook_event_url=self.receiver.url, webhook_api_version="2"
        )
        assert created.data is not None
        return str(created.data.id)

    async def profile(self, name: str = "one of ours") -> str:
        created = await self.sdk.outbound_voice_profiles.create(name=name)
        assert created.data is not None
        return str(created.data.id)

    async def verified(self, number: str) -> str:
        """A number whose code came back: its last six digits."""
        await self.sdk.verified_numbers.create(phone_number=number, verification_method="sms")
        await self.sdk.verified_numbers.actions.submit_verification_code(number, verification_code=number[-6:])
        return number

    async def connector(self, name: str = "one of ours") -> str:
        await self.sdk.siprec_connectors.create(name=name, host="siprec.example.com", port=5060)
        return name

    async def delivery_id(self) -> str:
        """The id of a webhook that was delivered."""
        leg = await self.parked()
        await self.receiver.event("call.initiated", leg)
        async with asyncio.timeout(5):
            while True:
                page = await self.sdk.webhook_deliveries.list(filter={"webhook": {"contains": leg}})
                if page.data:
                    return str(page.data[0].id)
                await asyncio.sleep(0.02)

    async def uploaded(self, name: str, content: bytes = b"RIFF", content_type: str = "audio/wav") -> str:
        """Audio that came in a form, under this name."""
        form = {"media": (f"{name}.wav", content, content_type)}
        reply = await self.plain.post("/v2/media", files=form, data={"media_name": name, "ttl_secs": "3600"})
        assert reply.status_code == 201, reply.text
        return name

    async def told(self, event: str, **about: Any) -> dict[str, Any]:
        """The payload of the first webhook of this type that says all this; it keeps to the facts."""
        found = await self.receiver.until(
            lambda received: [
                one.payload for one in received if one.event == event and about.items() <= one.payload.items()
            ]
        )
        assert_fields(FIELDS[event], found[0])
        return found[0]

    async def hung_up(self, leg: str) -> str:
        """The cause with which a leg has ended."""
        return str((await self.told("call.hangup", call_control_id=leg))["hangup_cause"])

    async def refused(self, path: str, **body: Any) -> tuple[int, Any]:
        """Status and body of a POST below `/v2`."""
        reply = await self.plain.post(f"/v2{path}", json=body)
        return reply.status_code, reply.json()

    async def number_id(self) -> str:
        page = await self.sdk.phone_numbers.list(filter={"phone_number": self.ground.number})
        return str(page.data[0].id)

    async def dialing(self, **parameters: Any) -> Any:
        """The body and status of a dial with these parameters on top of sound ones; None takes one away."""
        sound = {"connection_id": self.ground.connection_id, "to": "+12025550102", "from": self.ground.number}
        given = sound | parameters
        return await self.plain.post("/v2/calls", json={name: given[name] for name in given if given[name] is not ...})


# The first that fits holds: `/phone_numbers/slim` before `/phone_numbers/{id}`.
_PATHS = [
    (fact.method, re.compile("/v2" + re.sub(r"\{\w+\}", "[^/]+", fact.path)), name)
    for name, fact in sorted(OPERATIONS.items(), key=lambda item: item[1].path.count("{"))
]


@contextlib.asynccontextmanager
async def line_to(directory: Path) -> AsyncIterator[Line]:
    """A server that records into `directory`, and all that goes with it."""
    seen: list[tuple[str, int]] = []

    async def see(reply: httpx.Response) -> None:
        method, path = reply.request.method, reply.request.url.raw_path.partition(b"?")[0].decode()
        found = (name for verb, pattern, name in _PATHS if verb == method and pattern.fullmatch(path))
        if (name := next(found, None)) is not None:
            seen.append((name, reply.status_code))

    hooks = {"response": [see]}
    async with (
        receiving() as receiver,
        serving(directory, webhook_url=receiver.url) as ground,
        DefaultAsyncHttpxClient(event_hooks=hooks) as http,
        AsyncTelnyx(
            base_url=f"{ground.url}/v2",
            api_key=API_KEY,
            max_retries=0,
            http_client=http,
            _strict_response_validation=True,
        ) as sdk,
        httpx.AsyncClient(
            base_url=ground.url, headers={"Authorization": f"Bearer {API_KEY}"}, event_hooks=hooks
        ) as plain,
    ):
        yield Line(ground, sdk, plain, receiver, seen)


Case = Callable[[Line], Awaitable[Any]]
CASES: dict[str, Case] = {}


def case(operation: str) -> Callable[[Case], Case]:
    def keep(call: Case) -> Case:
        CASES[operation] = call
        return call

    return keep


Test = Callable[..., Awaitable[None]]
# By operation, the test that shows what it does on another surface than its reply.
EFFECTS: dict[str, str] = {}


def effect_of(*operations: str) -> Callable[[Test], Test]:
    """Of a test: it shows what these do elsewhere. It fails if one of them was not even asked for, or was refused."""

    def keep(test: Test) -> Test:
        EFFECTS.update(dict.fromkeys(operations, test.__name__))

        @functools.wraps(test)
        async def checked(*, line: Line, **given: Any) -> None:
            before = len(line.seen)
            await test(line=line, **given)
            taken = {name for name, status in line.seen[before:] if status < 300}
            assert set(operations) <= taken, f"never taken: {sorted(set(operations) - taken)}"

        return checked

    return keep
