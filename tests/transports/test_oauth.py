"""The token endpoint of OAuth: clients that name themselves get a key, others what RFC 6749 says."""

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from wire import API_KEY, serving

BASIC = "Basic " + base64.b64encode(b"me:secret").decode()
FORM = {"grant_type": "client_credentials"}


async def asked(folder: Path, api_key: str | None = None, **request: Any) -> tuple[int, Any]:
    async with (
        serving(folder, webhook_url=None, api_key=api_key) as ground,
        httpx.AsyncClient(base_url=ground.url) as http,
    ):
        reply = await http.post("/v2/oauth/token", **request)
        if reply.status_code == 200:
            bearer = {"Authorization": f"{reply.json()['token_type']} {reply.json()['access_token']}"}
            assert (await http.get("/v2/balance", headers=bearer)).status_code == 200
        return reply.status_code, reply.json()


@pytest.mark.parametrize(
    "request_",
    [
        {"data": FORM, "headers": {"Authorization": BASIC}},
        {"data": FORM | {"client_id": "me", "client_secret": "secret"}},
        {"json": FORM | {"client_id": "me", "client_secret": "secret"}},
    ],
)
async def test_a_client_that_names_itself_gets_a_key_that_is_taken(request_: Any, tmp_path: Path) -> None:
    granted = {"access_token": API_KEY, "expires_in": 3600, "token_type": "Bearer"}
    assert await asked(tmp_path, **request_) == (200, granted)


async def test_where_one_key_alone_is_taken_it_is_the_one_that_is_given(tmp_path: Path) -> None:
    _, granted = await asked(tmp_path, "KEY-only", data=FORM, headers={"Authorization": BASIC})
    assert granted["access_token"] == "KEY-only"


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        ({"data": FORM}, 401, "invalid_client"),
        ({"data": FORM, "headers": {"Authorization": "Basic ?"}}, 401, "invalid_client"),
        ({"data": FORM, "headers": {"Authorization": "Basic bWU6"}}, 401, "invalid_client"),
        ({"headers": {"Authorization": BASIC}}, 400, "invalid_request"),
        (
            {"content": b"[", "headers": {"Authorization": BASIC, "Content-Type": "application/json"}},
            400,
            "invalid_request",
        ),
        ({"data": {"grant_type": "password"}, "headers": {"Authorization": BASIC}}, 400, "unsupported_grant_type"),
    ],
)
async def test_what_is_wrong_is_said_as_the_rfc_says_it(request_: Any, status: int, error: str, tmp_path: Path) -> None:
    assert await asked(tmp_path, **request_) == (status, {"error": error})
