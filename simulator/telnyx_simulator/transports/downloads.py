"""Files of recordings at the URLs that stand in webhooks: signed ones for ten minutes, public ones for good."""

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse

from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.recordings import PATH, PUBLIC_PATH

_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}


def add_routes(app: FastAPI, exchange: Exchange) -> None:
    """No key is wanted: who has the URL may fetch."""

    async def signed(name: str) -> Response:
        return _file(exchange, name, is_public=False)

    async def public(name: str) -> Response:
        return _file(exchange, name, is_public=True)

    for path, endpoint in ((PATH, signed), (PUBLIC_PATH, public)):
        app.add_api_route(path + "{name}", endpoint, methods=["GET", "HEAD"], include_in_schema=False)


def _file(exchange: Exchange, name: str, *, is_public: bool) -> Response:
    for session in (exchange.house, *exchange.runs):
        found = session.sounds.recordings.files.get(name)
        if found is None or name.rpartition(".")[0] not in session.switch.recordings.by_id:
            continue  # nobody has it, or it has been deleted
        if not is_public and session.clock.now_ns() > found.until_ns:
            # As the storage behind such URLs answers (assumed).
            return Response("Request has expired", 403, media_type="text/plain")
        return FileResponse(found.path, media_type=_TYPES[name.rpartition(".")[2]])
    return Response("There is no such recording", 404, media_type="text/plain")
