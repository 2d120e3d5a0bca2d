"""What the doctor says of an application that it tried: each trouble with the one line that mends it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from telnyx_simulator.cli import cli
from telnyx_simulator.commands.doctor import Finding
from telnyx_simulator.commands.trial import Seen, findings
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.trace import Entry

STARTED: dict[str, Any] = {
    "start": {"command": "app {port}"},
    "webhook_url": "/hook",
    "env": {"TELNYX_BASE_URL": "{api_v2}", "TELNYX_PUBLIC_KEY": "{public_key}"},
    "status": {"poll": {"url": "/calls/{call_control_id}", "pointer": "/status"}},
}
RUNNING: dict[str, Any] = {"url": "http://127.0.0.1:8000", "webhook_url": "/hook"}


def webhook(status: int | None, *, genuine: bool = True) -> tuple[str, str, dict[str, Any]]:
    taken = status is not None and 200 <= status < 300
    body = {"event": "call.initiated", "method": "POST", "url": "http://127.0.0.1:1/hook", "status": status}
    failure = None if status else "nobody listens there"
    return "sender", "webhook.attempt", body | {"genuine": genuine, "acknowledged": taken, "failure": failure}


def command(name: str = "answer", status: int = 200) -> tuple[str, str, dict[str, Any]]:
    errors = [{"code": "10015", "title": "Bad request", "detail": "no"}] if status >= 400 else []
    body = {"command": name, "method": "POST", "path": "/v2/x", "status": status, "reply": {"errors": errors}}
    return "rest", "command", body


OPENED = ("stream", "opened", {"url": "ws://127.0.0.1:1/media"})
STATUS = ("sut", "status", {"word": "ringing"})
RIGHT = [webhook(200), webhook(403, genuine=False), command(), OPENED, STATUS]


def seen(*told: tuple[str, str, dict[str, Any]], off_s: float | None = 0.4) -> Seen:
    entries = tuple(
        Entry(seq=n, at_ns=n, run="a_trial", call=None, actor=actor, kind=kind, body=body)
        for n, (actor, kind, body) in enumerate(told)
    )
    calls = sum(kind == "command" for _, kind, _ in told)
    return Seen(ready_s=1.0, entries=entries, rest_calls=calls, off_s=off_s)


def amiss(profile: dict[str, Any], what: Seen) -> dict[str, Finding]:
    found = findings(what, Profile.model_validate(profile))
    return {one.what: one for one in found if one.fix}


def test_of_a_right_application_nothing_is_amiss() -> None:
    assert amiss(STARTED, seen(*RIGHT)) == {}


@pytest.mark.parametrize(
    ("status", "fix"),
    [
        (None, "`webhook_url: /hook` must be where it takes webhooks"),
        (404, "`webhook_url: /hook` is not the path"),
        (405, "`webhook_url: /hook` is not the path"),
        (401, 'TELNYX_PUBLIC_KEY: "{public_key}"'),
        (307, "Telnyx follows no redirect"),
        (500, "its log says what failed"),
    ],
)
def test_a_genuine_webhook_that_is_not_taken(status: int | None, fix: str) -> None:
    found = amiss(STARTED, seen(webhook(status), command(), OPENED, STATUS))["webhooks"]
    assert found.severe
    assert fix in found.fix
    assert str(status or "nobody listens there") in found.found


def test_the_end_of_the_log_is_shown_beside_it() -> None:
    log = ("sut", "log", {"line": "KeyError: 'from'"})
    assert "its log ends: KeyError: 'from'" in amiss(STARTED, seen(webhook(500), log))["webhooks"].found


def test_a_forged_webhook_that_is_taken_is_a_note() -> None:
    found = amiss(STARTED, seen(webhook(200), webhook(200, genuine=False), command(), OPENED, STATUS))
    assert list(found) == ["signature"]
    assert not found["signature"].severe


def test_a_key_that_is_not_given() -> None:
    without = STARTED | {"env": {"TELNYX_BASE_URL": "{api_v2}"}}
    assert not amiss(without, seen(*RIGHT))["keys"].severe
    assert amiss(without, seen(webhook(403)))["keys"].severe
    assert "keys" not in amiss(RUNNING, seen(*RIGHT))


@pytest.mark.parametrize(
    ("profile", "fix"),
    [
        (
            STARTED,
            "does it have https://api.telnyx.com/v2 written in its code? Then `redirect: python-shim or node-shim`",
        ),
        (STARTED | {"redirect": "python-shim"}, "`redirect: python-shim` saw no request"),
        (STARTED | {"env": {}}, 'add TELNYX_BASE_URL: "{api_v2}"'),
        (RUNNING, "start it with TELNYX_BASE_URL=http://127.0.0.1:8642/v2"),
    ],
)
def test_no_rest_call_is_a_redirect_that_does_not_work(profile: dict[str, Any], fix: str) -> None:
    found = amiss(profile, seen(webhook(200)))["redirect"]
    assert found.severe
    assert fix in found.fix


def test_commands_that_are_refused_or_answer_nothing() -> None:
    assert "telnyx-sim explain 10015" in amiss(STARTED, seen(webhook(200), command(status=422)))["redirect"].fix
    found = amiss(STARTED, seen(webhook(200), command("speak"), STATUS))
    assert "none of them answered the call: speak" in found["redirect"].found


def test_a_stream_that_cannot_be_reached() -> None:
    refused = ("stream", "refused", {"url": "wss://agent.example.com", "failure": "it is not on this machine"})
    found = amiss(STARTED, seen(webhook(200), command(), refused, STATUS))
    assert list(found) == ["stream"]
    assert "rewrite" in found["stream"].fix


def test_a_status_that_is_not_shown() -> None:
    assert "no status was seen" in amiss(STARTED, seen(*RIGHT[:-1]))["status"].found
    assert "status_map" in amiss(RUNNING, seen(*RIGHT))["status"].fix


@pytest.mark.parametrize(("off_s", "severe"), [(-30.0, False), (400.0, True)])
def test_a_clock_that_is_off(off_s: float, severe: bool) -> None:
    found = amiss(STARTED, seen(*RIGHT, off_s=off_s))["clock"]
    assert found.severe == severe
    assert "ahead of" in found.found if off_s > 0 else "behind" in found.found


@pytest.mark.parametrize(
    ("start", "said", "fix"),
    [
        ({"command": "no-such-program {port}"}, "cannot start 'no-such-program'", "correct `command:`"),
        (
            {"command": "python -c 'print(\"no such key\"); raise SystemExit(3)' {port}"},
            "exit code 3",
            "end of its log",
        ),
        ({"command": "python -m http.server {port}", "ready": "/health"}, "answered 404", "`ready:` must be a path"),
    ],
)
def test_an_application_that_does_not_start(
    start: dict[str, Any], said: str, fix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in (start | {"timeout": "1500ms"}).items())
    (tmp_path / "sut.yaml").write_text(f"start:\n{lines}webhook_url: /hook\n")
    result = CliRunner().invoke(cli, ["doctor", "--sut", "sut.yaml"])
    assert result.exit_code == 1, result.output
    assert said in result.stdout
    assert fix in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["sut.yaml"]


def test_a_url_alone_is_answered_with_what_to_write() -> None:
    for arguments in (["http://127.0.0.1:9000"], ["--sut", "http://127.0.0.1:9000"]):
        result = CliRunner().invoke(cli, ["doctor", *arguments])
        assert result.exit_code == 2
        assert "    url: http://127.0.0.1:9000  #" in result.stderr
