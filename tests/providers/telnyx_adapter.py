"""The adapter of `telnyx_provider.TelnyxProvider`: all that its code base writes for the simulator."""

from typing import Any

from telnyx_provider import TelnyxProvider


class Adapter:
    def __init__(self, settings: Any) -> None:
        config = {"base_url": settings.api_base, "api_key": settings.api_key, "public_key": settings.public_key}
        config |= {"connection_id": settings.connection_id, "from_number": settings.number}
        self.provider = TelnyxProvider(config | {"media_url": settings.stream_url})
        self.dial = self.provider.initiate_call
        self.answer = self.provider.answer_call
        self.hangup = self.provider.end_call
        self.stream = self.provider.handle_websocket

    def verify(self, body: bytes, headers: Any) -> bool:
        return self.provider.verify_signature(headers, body)

    def parse(self, event: dict[str, Any]) -> str | None:
        status: str | None = self.provider.parse_status_callback(event)["status"]
        return status
