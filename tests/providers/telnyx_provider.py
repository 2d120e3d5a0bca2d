"""A code base's own class for Telnyx, as such classes are: it knows nothing of simulators, and the tests know nothing
of it but through the adapter beside it.
"""

import base64
import binascii
import contextlib
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CAUSES = {
    "normal_clearing": "completed",
    "time_limit": "completed",
    "user_busy": "busy",
    "no_answer": "no-answer",
    "timeout": "no-answer",
    "originator_cancel": "canceled",
}
EVENTS = {"call.initiated": "ringing", "call.answered": "in-progress"}


class TelnyxProvider:
    """Calls by Telnyx. `config` has base_url, api_key, public_key, connection_id, from_number and media_url."""

    def __init__(self, config: dict[str, str]) -> None:
        self.config = config
        self.key = Ed25519PublicKey.from_public_bytes(base64.b64decode(config["public_key"]))

    def verify_signature(self, headers: Mapping[str, str], raw_body: bytes) -> bool:
        timestamp = headers.get("telnyx-timestamp", "")
        if not timestamp.isdecimal() or len(timestamp) > 12 or abs(time.time() - int(timestamp)) > 300:
            return False
        try:
            signature = base64.b64decode(headers.get("telnyx-signature-ed25519", ""), validate=True)
            self.key.verify(signature, timestamp.encode() + b"|" + raw_body)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def parse_status_callback(self, body: dict[str, Any]) -> dict[str, Any]:
        data = body.get("data") or {}
        payload = data.get("payload") or {}
        status = EVENTS.get(data.get("event_type"))
        if data.get("event_type") == "call.hangup":
            cause = payload.get("hangup_cause")
            status = CAUSES.get(cause, "failed") if isinstance(cause, str) else "failed"
        return {"call_id": payload.get("call_control_id"), "status": status}

    async def initiate_call(self, to_number: str) -> str:
        body = {"connection_id": self.config["connection_id"], "to": to_number, "from": self.config["from_number"]}
        reply = await self._post("/calls", body | {"timeout_secs": 20})
        return str(reply["data"]["call_control_id"])

    async def answer_call(self, call_id: str) -> None:
        stream = {"stream_url": self.config["media_url"], "stream_track": "inbound_track"}
        stream |= {"stream_bidirectional_mode": "rtp", "stream_bidirectional_target_legs": "self"}
        await self._post(f"/calls/{call_id}/actions/answer", stream)

    async def end_call(self, call_id: str) -> None:
        await self._post(f"/calls/{call_id}/actions/hangup", {})

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.config['api_key']}"}
        async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
            reply = await client.post(self.config["base_url"] + path, json=body)
        if reply.status_code == 422:  # the call has ended
            return {}
        reply.raise_for_status()
        found: dict[str, Any] = reply.json()
        return found

    async def handle_websocket(self, websocket: Any) -> None:
        """Says back what it hears."""
        await websocket.accept()
        with contextlib.suppress(RuntimeError):
            while True:
                message = json.loads(await websocket.receive_text())
                if message.get("event") == "media":
                    media = {"payload": message["media"]["payload"]}
                    await websocket.send_text(json.dumps({"event": "media", "media": media}))
                if message.get("event") == "stop":
                    return
