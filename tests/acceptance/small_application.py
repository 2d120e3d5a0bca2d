"""A voice application of the standard library alone, so that it starts at once; and what can be wrong with one.

    python small_application.py 8000 http://127.0.0.1:8642/v2 Application

The right one answers, says a tone of 0.4 s and then repeats what it hears. So it treats every caller but those whose
numbers stand in `CALLERS`: each of them meets with a fault of its own. Whoever starts it finds its process id, and that
of the child it has, in the file `pids` of its folder.
"""

import asyncio
import base64
import hashlib
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

MEGABYTE = 1_000_000
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
# A-law of a 1 kHz tone is 8 bytes over and over: codes of a loud sine, even bits inverted as G.711 has it.
TONE = bytes(code ^ 0x55 for code in (0x80, 0xA8, 0xB2, 0xA8, 0x80, 0x28, 0x32, 0x28)) * 400


class Socket:
    """The server's side of one WebSocket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def accept(self, key: str) -> None:
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.writer.write(f"{head}Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n\r\n".encode())

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None once the other side has closed."""
        while True:
            first, second = await self.reader.readexactly(2)
            size = second & 127
            if size > 125:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
            mask = await self.reader.readexactly(4)
            data = await self.reader.readexactly(size)
            if first & 15 == TEXT:
                message: dict[str, Any] = json.loads(bytes(byte ^ mask[n % 4] for n, byte in enumerate(data)))
                return message
            if first & 15 == CLOSE:
                return None

    async def send(self, kind: int, data: bytes) -> None:
        if len(data) < 126:
            size = bytes([len(data)])
        else:
            size = (
                b"\x7e" + len(data).to_bytes(2, "big") if len(data) < 65536 else b"\x7f" + len(data).to_bytes(8, "big")
            )
        self.writer.write(bytes([128 | kind]) + size + data)
        await self.writer.drain()

    async def send_media(self, payload: str) -> None:
        await self.send(TEXT, json.dumps({"event": "media", "media": {"payload": payload}}).encode())


class Call:
    """One call, treated as it should be. `status_for` answers webhooks, `talk` follows the stream's `start`."""

    def __init__(self, application: "Application", call_control_id: str) -> None:
        self.application = application
        self.call_control_id = call_control_id

    async def status_for(self, event: str) -> int:
        if event == "call.initiated":
            await self.command("answer", stream_url=f"ws://127.0.0.1:{self.application.port}/media")
        return 200

    async def talk(self, socket: Socket) -> None:
        await socket.send_media(base64.b64encode(TONE).decode())
        while message := await socket.receive():
            if message["event"] == "media":
                await socket.send_media(message["media"]["payload"])

    async def command(self, verb: str, **body: object) -> None:
        await self.application.command(self.call_control_id, verb, **body)


class Answers500(Call):
    async def status_for(self, event: str) -> int:
        return 500


class HangsOnWebhooks(Call):
    """Once for each: it is late, and takes the repetition."""

    def __init__(self, application: "Application", call_control_id: str) -> None:
        super().__init__(application, call_control_id)
        self.hung: set[str] = set()

    async def status_for(self, event: str) -> int:
        if event not in self.hung:
            self.hung.add(event)
            await asyncio.Event().wait()
        return await super().status_for(event)


class ClosesTheStream(Call):
    async def talk(self, socket: Socket) -> None:
        await socket.send(CLOSE, (1011).to_bytes(2, "big"))


class CutsTheStream(Call):
    """Without a word: the connection is reset."""

    async def talk(self, socket: Socket) -> None:
        socket.writer.transport.abort()


class Noisy(Call):
    """Sends a megabyte of something instead of its tone, and is silent from then on."""

    async def talk(self, socket: Socket) -> None:
        await self.make_noise(socket)
        while await socket.receive():
            pass

    async def make_noise(self, socket: Socket) -> None:
        raise NotImplementedError


class SendsBinary(Noisy):
    async def make_noise(self, socket: Socket) -> None:
        await socket.send(BINARY, os.urandom(MEGABYTE))


class SendsGarbageText(Noisy):
    async def make_noise(self, socket: Socket) -> None:
        await socket.send(TEXT, os.urandom(MEGABYTE))


class SendsNoBase64(Noisy):
    async def make_noise(self, socket: Socket) -> None:
        await socket.send_media("?!" * (MEGABYTE // 2))


class SendsAMegabyteOfMedia(Noisy):
    async def make_noise(self, socket: Socket) -> None:
        await socket.send_media(base64.b64encode(os.urandom(MEGABYTE)).decode())


class BreaksTheProtocol(Noisy):
    """A frame with a reserved opcode and a length that is not the shortest: no WebSocket goes on after it."""

    async def make_noise(self, socket: Socket) -> None:
        socket.writer.write(b"\x83\x7f" + (5).to_bytes(8, "big") + b"12345")


class SendsTenMegabytes(Noisy):
    """In one message: more than any sound that may be in one."""

    async def make_noise(self, socket: Socket) -> None:
        await socket.send(TEXT, b" " * 10 * MEGABYTE)


class SendsHostileJson(Noisy):
    """Well-formed and meant to break a reader: deep nesting, lone surrogates, a huge name, numbers beyond measure."""

    async def make_noise(self, socket: Socket) -> None:
        for text in (
            "[" * (MEGABYTE // 2) + "]" * (MEGABYTE // 2),
            '{"event":"media","media":' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "}",
            '{"event":"mark","mark":{"name":"\\ud800"}}',
            '{"event":"mark","mark":{"name":"' + "m" * MEGABYTE + '"}}',
            '{"event":"media","media":{"payload":' + "9" * 10_000 + "}}",
            '{"event":"media","media":{"payload":"\\u00e9"}}',
            '{"event":"\\u0000"}',
            "null",
            "",
        ):
            await socket.send(TEXT, text.encode())


class SendsHostileCommands(Noisy):
    """The same by REST, and addresses that are none."""

    async def make_noise(self, socket: Socket) -> None:
        await self.command("client_state_update", client_state="\ud800", odd="\ud800")
        await self.command("streaming_start", stream_url="ws://127.0.0.1:70000/")
        await self.command("streaming_start", stream_url="ws://[::1/")
        await self.command("streaming_start", stream_url="ws://localhost\ud800/")
        await self.application.command("\x00\xed\xb3\xbf", "hangup")
        await self.command("client_state_update", odd=math.nan, odder=10**4000)
        await self.command("nonsense", odd="x" * MEGABYTE)


CALLERS: dict[str, type[Call]] = {
    "+12025550111": Answers500,
    "+12025550112": HangsOnWebhooks,
    "+12025550113": ClosesTheStream,
    "+12025550114": CutsTheStream,
    "+12025550115": SendsBinary,
    "+12025550116": SendsGarbageText,
    "+12025550117": SendsNoBase64,
    "+12025550118": SendsAMegabyteOfMedia,
    "+12025550119": BreaksTheProtocol,
    "+12025550120": SendsHostileJson,
    "+12025550121": SendsHostileCommands,
    "+12025550122": SendsTenMegabytes,
}


class Application:
    """Whatever its calls are like, the application itself is right. `usual` are those of callers who are not listed."""

    usual: type[Call] = Call

    def __init__(self, port: int, api_v2: str) -> None:
        self.port, self.api_v2 = port, api_v2
        self.calls: dict[str, Call] = {}

    async def command(self, call_control_id: str, verb: str, **body: object) -> None:
        codec = {"stream_bidirectional_mode": "rtp", "stream_bidirectional_codec": "PCMA"}
        data = json.dumps(codec | body).encode()
        at = urlsplit(self.api_v2)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        path = f"{at.path}/calls/{quote(call_control_id, safe='')}/actions/{verb}"
        method = "PUT" if verb == "client_state_update" else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: telnyx\r\nConnection: close\r\nAuthorization: Bearer KEY\r\n"
        writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        await reader.read()
        writer.close()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._request(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # Telnyx is gone
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n"))}
        path = head.split()[1]
        if path == "/media":
            socket = Socket(reader, writer)
            socket.accept(headers["sec-websocket-key"])
            while message := await socket.receive():
                if message["event"] == "start":
                    await self.calls[message["start"]["call_control_id"]].talk(socket)
                    return False
            return False
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        status, reply = self.answer(path)
        if path == "/webhook":
            data = json.loads(body)["data"]
            call_control_id = data["payload"]["call_control_id"]
            print(data["event_type"], call_control_id)
            if call_control_id not in self.calls:
                call = CALLERS.get(data["payload"]["from"], self.usual)
                self.calls[call_control_id] = call(self, call_control_id)
            status = await self.calls[call_control_id].status_for(data["event_type"])
        writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: {len(reply)}\r\n\r\n".encode() + reply)
        return True

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body for a request that is no webhook."""
        return 200, b""


class NotReady(Application):
    """Answers everything with 503."""

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await reader.readuntil(b"\r\n\r\n")
        print("the cache is cold")
        writer.write(b"HTTP/1.1 503 -\r\nContent-Length: 0\r\n\r\n")
        return True


class NeverReplies(Application):
    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await asyncio.Event().wait()
        return False


class IgnoresSigterm(Application):
    """Says goodbye, and goes only when it is killed."""

    def __init__(self, port: int, api_v2: str) -> None:
        super().__init__(port, api_v2)
        signal.signal(signal.SIGTERM, lambda number, frame: print("goodbye"))


async def main(port: int, api_v2: str, kind: str) -> None:
    child = subprocess.Popen(["sleep", "600"])
    Path("pids").write_text(f"{os.getpid()} {child.pid}")
    application = globals()[kind](port, api_v2)
    server = await asyncio.start_server(application.connected, "127.0.0.1", port, limit=2**20)
    print("listening")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
