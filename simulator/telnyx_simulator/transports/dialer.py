"""The stream dialer of the wall lane. The only module that knows picows, which hands out frames: messages that come in
fragments are put together here.
"""

from collections.abc import Callable, Mapping

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from telnyx_simulator.transports.clock import SECOND_NS
from telnyx_simulator.transports.ports import StreamConnection, StreamListener, StreamNotOpened
from telnyx_simulator.transports.targets import why_refused

# Beyond any legitimate message: 30 s of L16 at 48 kHz is 3.8 MB of base64.
MESSAGE_BYTES_MAX = 8 * 1024 * 1024


class WebSocketStreams:
    """Dials `ws://` and `wss://` URLs. `rewrite` maps a public URL to the local one it stands for."""

    def __init__(self, rewrite: Callable[[str], str] = lambda url: url) -> None:
        self._rewrite = rewrite

    async def open(
        self, url: str, headers: Mapping[str, str], listener: StreamListener, timeout_ns: int
    ) -> StreamConnection:
        local = self._rewrite(url)
        if refusal := why_refused(local):
            raise StreamNotOpened(refusal)
        try:
            transport, peer = await ws_connect(
                lambda: _Peer(listener),
                local,
                extra_headers=dict(headers),
                max_redirects=0,
                max_frame_size=MESSAGE_BYTES_MAX,
                websocket_handshake_timeout=timeout_ns / SECOND_NS,
                use_aiofastnet=False,
                logger_name="telnyx_simulator.stream",
            )
        except (WSError, OSError, TimeoutError, ValueError) as error:
            raise StreamNotOpened(f"{type(error).__name__}: {error}".splitlines()[0][:300]) from error
        assert isinstance(peer, _Peer)
        return _Connection(transport)


class _Connection:
    def __init__(self, transport: WSTransport) -> None:
        self._transport = transport

    def send(self, text: bytes) -> None:
        if not self._transport.is_disconnected:
            self._transport.send(WSMsgType.TEXT, text)

    def close(self) -> None:
        if self._transport.is_disconnected:
            return
        # A close frame without a payload is what the other side reports as 1005.
        self._transport.send(WSMsgType.CLOSE, b"")
        self._transport.disconnect()


class _Peer(WSListener):
    def __init__(self, listener: StreamListener) -> None:
        super().__init__()
        self._listener = listener
        self._parts: list[bytes] = []
        self._kind = WSMsgType.TEXT
        self._code: int | None = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        match frame.msg_type:
            case WSMsgType.TEXT | WSMsgType.BINARY:
                self._kind, self._parts = frame.msg_type, [frame.get_payload_as_bytes()]
            case WSMsgType.CONTINUATION:
                self._parts.append(frame.get_payload_as_bytes())
            case WSMsgType.CLOSE:
                self._code = getattr(frame.get_close_code(), "value", 1005)
                transport.send(WSMsgType.CLOSE, b"")
                transport.disconnect()
                return
            case _:
                return
        if sum(map(len, self._parts)) > MESSAGE_BYTES_MAX:
            transport.disconnect()
            return
        if frame.fin:
            message = b"".join(self._parts)
            self._parts = []
            if self._kind == WSMsgType.TEXT:
                self._listener.on_text(message)
            else:
                self._listener.on_binary(len(message))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._listener.on_closed(self._code)
