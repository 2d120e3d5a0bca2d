"""An application with the mistake that the call's `X-Case` header names. For `over_sockets`.

It takes all that the caller says, makes the mistake of the case on the very bytes, and sends the outcome back. What is
wrong, and on which leg, it writes beside the case. When all of it was played it hangs up.
"""

import asyncio
import base64
import json
import math
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from autopsy_bench.calls import Call
from autopsy_bench.generator import Plan, answered
from autopsy_bench.speech import Voice, in_folder, read
from autopsy_bench.wires import wires

CASES = Path(os.environ["CASES"])

app = FastAPI()
case_of_call: dict[str, str] = {}
telnyx = httpx.AsyncClient(
    base_url=os.environ["TELNYX_BASE_URL"], headers={"Authorization": f"Bearer {os.environ['TELNYX_API_KEY']}"}
)


@app.get("/health")
async def health() -> str:
    return "ok"


@app.post("/telnyx/webhook")
async def webhook(event: dict[str, Any]) -> None:
    data = event["data"]
    if data["event_type"] == "call.initiated":
        payload = data["payload"]
        case = next(one["value"] for one in payload["custom_headers"] if one["name"] == "X-Case")
        case_of_call[payload["call_control_id"]] = case
        (CASES / f"{case}.leg").write_text(payload["call_leg_id"])
        asyncio.get_running_loop().create_task(answer(payload["call_control_id"], case))


async def answer(call: str, case: str) -> None:
    codec, *details = spec_of(case)["back"].split("/")
    stream = {
        "stream_url": f"ws://127.0.0.1:{os.environ['PORT']}/media",
        "stream_track": "inbound_track",
        "stream_bidirectional_mode": "rtp",
        "stream_bidirectional_codec": codec,
    }
    if details:
        stream["stream_bidirectional_sampling_rate"] = int(details[0])
    (await telnyx.post(f"/calls/{call}/actions/answer", json=stream)).raise_for_status()


@app.websocket("/media")
async def media(socket: WebSocket) -> None:
    await socket.accept()
    call, heard, is_answered = "", [], False
    with suppress(WebSocketDisconnect):
        while True:
            message = json.loads(await socket.receive_text())
            if message["event"] == "start":
                call = message["start"]["call_control_id"]
            elif message["event"] == "media" and not is_answered:
                heard.append(base64.b64decode(message["media"]["payload"]))
                if len(heard) == frames_of(case_of_call[call]):
                    is_answered = True
                    for reply in await asyncio.to_thread(replies, case_of_call[call], heard):
                        await say(socket, reply)
                    await socket.send_text(json.dumps({"event": "mark", "mark": {"name": "end"}}))
            elif message["event"] == "mark":
                await telnyx.post(f"/calls/{call}/actions/hangup", json={})


async def say(socket: WebSocket, data: bytes) -> None:
    await socket.send_text(json.dumps({"event": "media", "media": {"payload": base64.b64encode(data).decode()}}))


@cache
def voices() -> tuple[Voice, ...]:
    """Of those who may be heard instead of the caller."""
    return in_folder(CASES / "voices")


@cache
def spec_of(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES / f"{case}.json").read_text())
    return found


def frames_of(case: str) -> int:
    """Of what the caller says. Their microphone sends nothing before and after it."""
    said, rate_hz = read(CASES / f"{case}.wav")
    return math.ceil(len(said) / rate_hz * 50)


def replies(case: str, packets: list[bytes]) -> list[bytes]:
    """What the application sends for what it heard; the truth is written beside the case."""
    spec = spec_of(case)
    plan = Plan(mistakes=tuple(spec["mistakes"]), hears=spec["hears"], speaks=spec["speaks"], legs=(), backs=())
    reference, reference_hz = read(CASES / f"{case}.wav")
    call = Call(
        rng=np.random.default_rng(spec["seed"]),
        voices=voices(),
        leg=wires()[spec["leg"]],
        back=wires()[spec["back"]],
        voice=spec["voice"],
        reference=reference,
        reference_hz=reference_hz,
    )
    said = answered(call, plan, packets)
    labels = [{"name": one.name, "same": one.same, "beside": one.beside} for one in call.labels]
    (CASES / f"{case}.truth.json").write_text(json.dumps({"labels": labels, "what": ", ".join(call.notes)}))
    return said
