"""Files of recordings at the URLs that stand in webhooks, for ten minutes."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse

from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.recordings import PATH
from telnyx_simulator.transports.rest import response

_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}


def add_routes(app: FastAPI, exchange: Exchange, clock: Clock) -> None:
    """Who has the URL may fetch."""

    async def fetched(request: Request, name: str) -> Response:
        reply, file = exchange.download(name, method=request.method, path=request.scope["path"])
        if reply.treatment is not None:
            await clock.sleep(reply.treatment.delay_ns)
        if file is None:
            return response(reply, request.scope, {})
        return FileResponse(file, media_type=_TYPES[name.rpartition(".")[2]])

    app.add_api_route(PATH + "{name}", fetched, methods=["GET", "HEAD"], include_in_schema=False)
