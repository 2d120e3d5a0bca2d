"""The small application, knowing itself by its public name alone: the URLs that it gives lead to the world outside.

    python public_application.py 8000 http://127.0.0.1:8642/v2

It can be asked for something at `/calls`, which gives an id, and about that id at `/calls/c-1`; it knows no other.
"""

import asyncio
import sys

from small_application import Application, Call

URLS = (("stream_url", "wss", "media"), ("webhook_url", "https", "webhook"))


class PublicCall(Call):
    async def status_for(self, event: str) -> int:
        if event == "call.initiated":
            urls = {name: f"{scheme}://agent.example.com/{path}" for name, scheme, path in URLS}
            await self.command("answer", **urls)
        return 200


class PublicApplication(Application):
    usual = PublicCall

    def answer(self, path: str) -> tuple[int, bytes]:
        if path in ("/calls", "/calls/c-1"):
            return 200, b'{"data": {"id": "c-1"}}'
        return (404, b"no such call") if path.startswith("/calls/") else (200, b"")


async def main(port: int, api_v2: str) -> None:
    application = PublicApplication(port, api_v2)
    server = await asyncio.start_server(application.connected, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
