"""`init` and `new` write what can be run as it is, and never over what is there."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telnyx_simulator import resources
from telnyx_simulator.cli import cli
from telnyx_simulator.commands.templates import TEMPLATES, schema_line
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.profiles import load_profile
from telnyx_simulator.transports.signer import Signer

FIRST = Path("scenarios/an_incoming_call_is_answered.telnyx.yaml")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def done(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_init_for_an_application_that_runs_already() -> None:
    result = done("init", "--url", "http://127.0.0.1:8000", "--webhook-path", "/telnyx/webhook")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["sut.yaml", str(FIRST)]
    profile = load_profile(Path("sut.yaml"))
    assert (profile.url, profile.webhook_url) == ("http://127.0.0.1:8000", "/telnyx/webhook")
    [scenario] = load([Path("scenarios")])
    assert [step.verb.value for step in scenario.script] == ["dial", "expect", "hangup"]
    key = Signer(resources.test_private_key()).public_key
    assert f"  export TELNYX_PUBLIC_KEY={key}" in result.stderr.splitlines()
    assert "  export TELNYX_BASE_URL=http://127.0.0.1:8642/v2" in result.stderr.splitlines()


def test_init_for_an_application_that_is_started() -> None:
    command = 'python app.py --port {port} --name "my app"'
    result = done("init", "--command", command, "--ready", "/health", "--webhook-url", "/hook", "--yes")
    assert result.exit_code == 0, result.output
    profile = load_profile(Path("sut.yaml"))
    assert profile.start is not None
    assert (profile.start.command, profile.start.ready) == (command, "/health")
    assert profile.env["TELNYX_BASE_URL"] == "{api_v2}"
    assert result.stderr.endswith("now: telnyx-sim run\n")


def test_every_line_of_the_profile_that_is_commented_out_is_right_as_well(project: Path) -> None:
    done("init", "--url", "http://127.0.0.1:8000")
    (project / "greeting.wav").write_bytes(
        (resources.data_folder() / "fixtures/reference_app/greeting.wav").read_bytes()
    )
    lines = Path("sut.yaml").read_text().splitlines()
    Path("sut.yaml").write_text("\n".join(line.removeprefix("# ") if "{" in line else line for line in lines))
    profile = load_profile(Path("sut.yaml"))
    assert set(profile.ask) == {"place_call"}
    assert profile.status is not None
    assert profile.audio.observe == "loopback"


def test_nothing_is_overwritten_without_force(project: Path) -> None:
    (project / "sut.yaml").write_text("mine")
    result = done("init", "--url", "http://127.0.0.1:8000")
    assert result.exit_code == 2
    assert "sut.yaml there already; --force overwrites" in result.output
    assert (project / "sut.yaml").read_text() == "mine"
    assert not (project / "scenarios").exists()
    assert done("init", "--url", "http://127.0.0.1:8000", "--force").exit_code == 0
    assert (project / "sut.yaml").read_text() != "mine"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "--url or --command is needed"),
        (["--url", "http://a:1", "--command", "x"], "not both"),
        (["--url", "http://example.com"], "loopback only"),
        (["--url", "http://127.0.0.1:8000", "--webhook-url", "https://example.com/hook"], "loopback only"),
        (["--url", "127.0.0.1:8000"], "this makes no profile: the URL of an application"),
        (["--command", "python {prot}"], "unknown word '{prot}'; did you mean '{port}'?"),
        (["--command", "python 'app.py"], "not a command line"),
        (["--command", "x", "--webhook-path", "hook"], "a URL is expected"),
    ],
)
def test_what_makes_no_profile_is_said_and_nothing_is_written(given: list[str], told: str, project: Path) -> None:
    result = done("init", *given)
    assert result.exit_code == 2
    assert told in result.output
    assert list(project.iterdir()) == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_is_a_scenario_that_editors_know(template: str) -> None:
    result = done("new", "what happens then", "--template", template)
    assert result.exit_code == 0, result.output
    path = Path(result.stdout.strip())
    assert path == Path("what_happens_then.telnyx.yaml")
    assert path.read_text().startswith(schema_line("scenario"))
    assert load([path])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a_b", "a_b.telnyx.yaml"),
        ("a_b.telnyx.yaml", "a_b.telnyx.yaml"),
        ("calls/a b", "calls/a_b.telnyx.yaml"),
        ("./calls/a.telnyx.yaml", "calls/a.telnyx.yaml"),
        ("what? never!", "what_never.telnyx.yaml"),
    ],
)
def test_a_sentence_becomes_the_name_of_a_file(name: str, path: str) -> None:
    assert done("new", name).stdout.strip() == path
    assert Path(path).is_file()


def test_a_new_scenario_goes_to_the_scenarios_folder_and_over_nothing(project: Path) -> None:
    (project / "scenarios").mkdir()
    assert done("new", "a").stdout.strip() == "scenarios/a.telnyx.yaml"
    again = done("new", "a")
    assert again.exit_code == 2
    assert "is there already" in again.output
    assert done("new", "a", "--force").exit_code == 0


@pytest.mark.parametrize("name", ["", "???", ".telnyx.yaml"])
def test_what_is_no_name_is_refused(name: str) -> None:
    assert done("new", name).exit_code == 2


def test_the_schemas_that_first_lines_point_to_stand_beside(project: Path) -> None:
    done("init", "--url", "http://127.0.0.1:8000")
    done("new", "calls/a")
    for kind, file in (("scenario", FIRST), ("scenario", Path("calls/a.telnyx.yaml")), ("sut", Path("sut.yaml"))):
        first_line = file.read_text().splitlines()[0]
        beside = file.parent / first_line.removeprefix("# yaml-language-server: $schema=")
        assert beside.read_text() == done("schema", kind).stdout


@pytest.mark.parametrize("kind", ["scenario", "sut"])
def test_schemas_are_printed_as_json(kind: str) -> None:
    assert json.loads(done("schema", kind).stdout)["$schema"].startswith("https://json-schema.org/")
