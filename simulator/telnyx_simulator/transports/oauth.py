"""The token endpoint of OAuth, which the SDKs ask when they are given a client's id and secret in place of a key.

Fields of the reply: the SDK's `types/oauth_token_response.py` (spec). Errors: RFC 6749, section 5.2 (assumed).
"""

import base64
import binascii
import json
from typing import Final
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

PATH: Final = "/v2/oauth/token"
EXPIRES_IN_S: Final = 3600


def add_route(app: FastAPI, token: str) -> None:
    """Any client that names itself gets `token`, which REST takes as a bearer key."""

    async def grant(request: Request) -> JSONResponse:
        fields = _fields(await request.body(), request.headers.get("content-type", ""))
        if not (_names_itself(request.headers.get("authorization", "")) or fields.get("client_id")):
            return JSONResponse({"error": "invalid_client"}, 401)
        if "grant_type" not in fields:
            return JSONResponse({"error": "invalid_request"}, 400)
        if fields["grant_type"] != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        return JSONResponse({"access_token": token, "expires_in": EXPIRES_IN_S, "token_type": "Bearer"})

    app.add_api_route(PATH, grant, methods=["POST"], include_in_schema=False)


def _fields(body: bytes, content_type: str) -> dict[str, object]:
    """What the request gives, as a form or as JSON; nothing where it is neither."""
    if not content_type.startswith("application/json"):
        return dict(parse_qsl(body.decode("latin-1")))
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _names_itself(authorization: str) -> bool:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        name, colon, secret = base64.b64decode(credentials, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return bool(name and colon and secret)
