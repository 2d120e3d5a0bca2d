"""What FastAPI does by itself: one route that reads JSON and answers JSON as large as a call. Serves until killed."""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, Request

CALL = {
    "call_control_id": "v3:" + "A" * 54,
    "call_leg_id": "f00dcafe-0000-11f0-8000-0242ac120002",
    "call_session_id": "f00dcafe-0000-11f0-8000-0242ac120003",
    "call_duration": 12,
    "client_state": "c3RhdGU=",
    "end_time": "2026-01-01T00:00:00.000000Z",
    "is_alive": True,
    "record_type": "call",
    "start_time": "2026-01-01T00:00:00.000000Z",
}
app = FastAPI()


@app.api_route("/v2/{path:path}", methods=["GET", "POST", "PUT"])
async def answer(path: str, request: Request) -> dict[str, Any]:
    if request.method != "GET":
        await request.json()
    return {"data": CALL}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", loop="uvloop", http="h11", access_log=False)
