"""`doctor` finds what is in the way and says the line that mends it."""

import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telnyx_simulator.cli import cli
from telnyx_simulator.commands import doctor as module
from telnyx_simulator.transports import speech

ROOT = Path(__file__).parent.parent.parent
TICKS = module._TICKS
MACHINE = {"python", "packages", "port", "timers", "codecs", "speech", "profile", "artifacts", "environment"}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("TELNYX_BASE_URL", "TELNYX_PUBLIC_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "_TICKS", 2)  # the second that they take is spent where timers are the question
    return tmp_path


def done(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", *arguments])


def words(result: Result) -> dict[str, str]:
    """What was looked at -> the word that was said of it; the worst where there are several."""
    found: dict[str, str] = {}
    for line in result.stdout.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("ok", "note", "FIX"):
            what = "port" if rest.strip().startswith("port ") else rest.split()[0]
            found[what] = max(word, found.get(what, word), key=["ok", "note", "FIX"].index)
    return found


@pytest.mark.long
def test_nothing_is_in_the_way_of_the_reference_application() -> None:
    result = done("--sut", str(ROOT / "fixtures/reference_app/sut.yaml"))
    assert result.exit_code == 0, result.output
    found = words(result)
    assert set(found) == MACHINE | {"start", "webhooks", "keys", "signature", "redirect", "stream", "status", "clock"}
    assert {what for what, word in found.items() if word != "ok"} <= {"port", "timers", "codecs", "speech"}


def test_the_machine_is_looked_at() -> None:
    result = done()
    assert result.exit_code == 0, result.output
    assert set(words(result)) == MACHINE
    assert {words(result)[what] for what in ("python", "packages", "artifacts", "environment")} == {"ok"}


@pytest.mark.parametrize(
    ("path", "word", "says"),
    [
        ("/usr/bin/espeak-ng", "ok", "`speak` is said by /usr/bin/espeak-ng"),
        (None, "note", "`speak` is a voice-like signal of the right length, without words"),
    ],
)
def test_what_speak_sounds_like_here_is_said(
    path: str | None, word: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "program", lambda: path)
    result = done()
    assert (result.exit_code, words(result)["speech"]) == (0, word), result.output
    assert says in result.stdout
    assert ("apt install espeak-ng" in result.stdout) is (path is None)


def test_what_a_codec_lacks_is_said_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    result = done()
    assert result.exit_code == 0, result.output
    assert words(result)["codecs"] == "note"
    assert "OPUS cannot be sent: OPUS needs PyAV; OPUS cannot be taken: OPUS needs PyAV; AMR-WB cannot be taken" in (
        result.stdout
    )
    assert 'pip install "telnyx-simulator[codecs]"' in result.stdout


def test_nothing_is_changed(project: Path) -> None:
    done()
    assert list(project.iterdir()) == []


def test_a_port_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(module, "_PORT", taken.getsockname()[1])
        result = done()
    assert words(result)["port"] == "note"
    assert "or use `serve --port 0`" in result.stdout


def test_a_package_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PACKAGES", {"no_such_module": "no-such-package"})
    result = done()
    assert result.exit_code == 1
    assert "pip install --force-reinstall no-such-package" in result.stdout


@pytest.mark.parametrize(
    ("profile", "word", "told"),
    [
        (None, "note", "telnyx-sim init --url"),
        (
            "strat: 1\nwebhook_url: /x\nurl: http://127.0.0.1:9\n",
            "FIX",
            "`telnyx-sim lint --sut sut.yaml` says all mistakes",
        ),
        ("webhook_url: /x\nurl: http://127.0.0.1:9\n", "note", "nothing listens at http://127.0.0.1:9"),
    ],
)
def test_the_profile(profile: str | None, word: str, told: str, project: Path) -> None:
    if profile is not None:
        (project / "sut.yaml").write_text(profile)
    result = done()
    assert words(result)["profile"] == word
    assert told in result.stdout
    assert result.exit_code == (1 if word == "FIX" else 0)


@pytest.mark.parametrize(
    ("name", "value", "word", "told"),
    [
        ("TELNYX_BASE_URL", "https://api.telnyx.com/v2", "FIX", "export TELNYX_BASE_URL=http://127.0.0.1:8642/v2"),
        ("TELNYX_BASE_URL", "http://127.0.0.1:9999", "note", "export TELNYX_BASE_URL=http://127.0.0.1:9999/v2"),
        ("TELNYX_BASE_URL", "http://localhost:9999/v2", "ok", "TELNYX_BASE_URL is http://localhost:9999/v2"),
        ("TELNYX_PUBLIC_KEY", "somebody else's", "note", "export TELNYX_PUBLIC_KEY="),
    ],
)
def test_the_environment(name: str, value: str, word: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    result = done()
    assert words(result)["environment"] == word
    assert told in result.stdout
    assert result.exit_code == (1 if word == "FIX" else 0)


def test_a_folder_that_cannot_be_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.os, "access", lambda path, mode: False)
    result = done("--artifacts-dir", "out")
    assert words(result)["artifacts"] == "FIX"
    assert "--artifacts-dir" in result.stdout


def test_timers_that_are_coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TICKS", TICKS)
    monkeypatch.setattr(module, "_LATE_MS_MAX", -1.0)
    result = done()
    assert words(result)["timers"] == "note"
    assert "50 ticks of 20 ms, the latest " in result.stdout
