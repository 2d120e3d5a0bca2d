"""The shims from our side: what a process is given, whose hosts are Telnyx's, and how refusals come to be known."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from telnyx_simulator.sut.application import Application, Unreachable
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.redirect import NODE_SHIM, PYTHON_SHIM, SHIMS, Shim, place_of, shimmed
from telnyx_simulator.sut.shims.python.telnyx_sim_shim import hosts
from telnyx_simulator.transports.clock import wall_clock
from telnyx_simulator.transports.server import free_port

TINY = Path(__file__).with_name("tiny_application.py")
URL = "http://127.0.0.1:8642"


def given(environment: dict[str, str], *shims: str) -> dict[str, str]:
    return shimmed(environment, shims or SHIMS, url=URL, refusals=Path("/some/file"))


def test_the_environment_says_where_the_simulator_is_and_where_refusals_go() -> None:
    assert (
        given({"A": "b"}, PYTHON_SHIM).items()
        >= {
            "A": "b",
            "TELNYX_SIM_REDIRECT": URL,
            "TELNYX_SIM_REFUSALS": "/some/file",
        }.items()
    )


def test_each_shim_is_put_where_its_language_looks_and_what_was_there_stays() -> None:
    path, options = given({})["PYTHONPATH"], given({})["NODE_OPTIONS"]
    assert (Path(path) / "sitecustomize.py").is_file()
    assert Path(json.loads(options.removeprefix("--require "))).is_file()
    beside = given({"PYTHONPATH": os.pathsep.join(["/mine", "/yours"]), "NODE_OPTIONS": "--no-warnings"})
    assert beside["PYTHONPATH"] == os.pathsep.join([path, "/mine", "/yours"])
    assert beside["NODE_OPTIONS"] == f"--no-warnings {options}"
    assert given(beside) == beside


def test_a_profile_for_one_language_has_the_shim_for_that_one() -> None:
    assert "NODE_OPTIONS" not in given({}, PYTHON_SHIM)
    assert "PYTHONPATH" not in given({}, NODE_SHIM)


def test_proxies_of_the_environment_are_not_for_telnyx_and_without_any_nothing_is_said_of_them() -> None:
    assert not {"no_proxy", "NO_PROXY"} & given({}).keys()
    ours = "telnyx.com,.telnyx.com,127.0.0.1,localhost"
    through = given({"HTTPS_PROXY": "http://proxy:3128"})
    assert (through["no_proxy"], through["NO_PROXY"]) == (ours, ours)
    exempt = given({"http_proxy": "http://proxy:3128", "NO_PROXY": "intranet"})
    assert (exempt["no_proxy"], exempt["NO_PROXY"]) == (f"intranet,{ours}",) * 2


@pytest.mark.parametrize(
    "host",
    [
        "api.telnyx.com",
        "API.Telnyx.COM",
        "api.telnyx.com.",
        "telnyx.com",
        "rtc.telnyx.com",
        b"api.telnyx.com",
        "api\u3002telnyx\uff0ecom",  # other full stops, which lookups take for one
        "\uff41pi.telnyx.com",  # a wide letter, likewise
    ],
)
def test_a_host_of_telnyx_is_known_however_it_is_spelled(host: Any) -> None:
    assert hosts.is_telnyx(host)


@pytest.mark.parametrize("host", ["example.com", "nottelnyx.com", "telnyx.com.example.com", "telnyx.org", "", None, 7])
def test_other_hosts_are_none_of_ours(host: Any) -> None:
    assert not hosts.is_telnyx(host)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://api.telnyx.com/v2/calls?a=b#c", ("api.telnyx.com", "/v2/calls?a=b")),
        ("HTTPS://me:my@api.telnyx.com:443", ("api.telnyx.com", "/")),
        ("http://api.telnyx.com?a=b", ("api.telnyx.com", "/?a=b")),
        ("https://[::1]:80/x", ("::1", "/x")),
        ("/v2/calls?to=http://x", (None, "/v2/calls?to=http://x")),
    ],
)
def test_a_url_has_a_host_and_a_path(url: str, parts: tuple[str | None, str]) -> None:
    assert hosts.parts_of(url) == parts


async def test_refusals_are_told_once_each_and_only_whole_lines(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    shim = Shim([PYTHON_SHIM], url=URL, clock=wall_clock(), on_refusal=told.append)
    shim.watch()
    file = Path(shim.environment({})["TELNYX_SIM_REFUSALS"])
    line = json.dumps({"host": "api.telnyx.com", "port": 443, "at": "a.py:1", "pid": 7})
    file.write_text(f"{line}\nnot JSON\n[1]\n{line[:20]}")
    shim.tell()
    assert [place_of(one) for one in told] == ["api.telnyx.com:443 (a.py:1)"]
    file.write_text(f"{line}\nnot JSON\n[1]\n{line}\n")
    shim.close()
    assert len(told) == 2
    assert not file.exists()


async def test_an_application_with_a_shim_tells_what_it_was_refused(tmp_path: Path) -> None:
    """Also what a command of its profile asks, and of a process that is killed at once."""
    shutil.copy(TINY, tmp_path)
    dying = tmp_path / "dying.py"
    dying.write_text("import os, socket\ntry: socket.gethostbyname('sip.telnyx.com')\nfinally: os.kill(os.getpid(), 9)")
    profile = Profile.model_validate(
        {
            "start": {"command": f"{sys.executable} {TINY.name} {{port}}", "ready": "/health"},
            "webhook_url": "/hook",
            "redirect": PYTHON_SHIM,
            "ask": {"look": {"command": f"{sys.executable} dying.py"}},
        }
    ).model_copy(update={"folder": tmp_path})
    told: list[dict[str, Any]] = []
    words = {"port": str(free_port()), "api_v2": f"{URL}/v2"}
    application = Application(profile, words, wall_clock(), on_refusal=told.append)
    try:
        await application.start()
        with pytest.raises(Unreachable, match=r"exit code -9: telnyx-sim refused a connection to sip\.telnyx\.com"):
            await application.ask("look", {})
        application.tell_refusals()
    finally:
        await application.stop()
    assert [(one["host"], one["what"], one["at"]) for one in told] == [
        ("sip.telnyx.com", "socket.gethostbyname", f"{dying}:2")
    ]
