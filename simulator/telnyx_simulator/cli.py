"""The command line: parses, calls, prints. Everything heavy is imported inside the commands."""

import asyncio
import json
import os
import secrets
import shlex
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from telnyx_simulator.checks.findings import Verdict
    from telnyx_simulator.scenario.runner import RunResult

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_OURS, EXIT_NEVER_READY = 0, 1, 2, 3, 4
EXIT_NOTHING_MATCHED, EXIT_INCONCLUSIVE, EXIT_INTERRUPTED = 5, 6, 130

EXIT_CODES = """\b
Exit codes:
  0    something was exercised and nothing failed
  1    a failure, or nothing was exercised
  2    usage, or a mistake in a scenario or profile
  3    an error of ours
  4    the application never became ready
  5    nothing matched
  6    no failure, but something was inconclusive
  130  interrupted"""

_artifacts = click.option(
    "--artifacts",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".telnyx-sim"),
    show_default=True,
    help="Where traces and findings go.",
)


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="telnyx-simulator", prog_name="telnyx-sim")
def cli() -> None:
    """A fake Telnyx that tests your voice application. Unofficial; talks to this machine only."""


@cli.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--sut",
    type=click.Path(path_type=Path),
    default=Path("sut.yaml"),
    show_default=True,
    help="The profile of the application under test.",
)
@click.option("--seed", type=int, help="Fixes every chance. Random, and printed, when not given.")
@click.option("-n", "at_one_time", type=click.IntRange(1, 64), default=1, show_default=True, help="Runs side by side.")
@_artifacts
def run(paths: tuple[Path, ...], sut: Path, seed: int | None, at_one_time: int, artifacts: Path) -> None:
    """Run scenarios (files or folders) against the application and judge what it did."""
    sys.exit(_run_scenarios(list(paths), sut=sut, seed=seed, at_one_time=at_one_time, artifacts=artifacts)[0])


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback only.")
@click.option("--seed", type=int, help="Fixes ids and delays. Random, and printed, when not given.")
@click.option("--webhook-url", help="Where the webhooks of the one number and connection go.")
@click.option("--api-key", help="Take this bearer key only; any non-empty one is taken otherwise.")
@_artifacts
def serve(
    port: int, host: str, seed: int | None, webhook_url: str | None, api_key: str | None, artifacts: Path
) -> None:
    """Play Telnyx for an application that you start yourself, until ^C."""
    if host not in ("127.0.0.1", "localhost"):
        raise click.UsageError(f"--host {host}: the simulator listens on loopback only; use 127.0.0.1")
    if webhook_url is not None:
        from telnyx_simulator.transports.targets import why_refused

        if refusal := why_refused(webhook_url):
            raise click.UsageError(f"--webhook-url: {refusal}")
    seed = secrets.randbelow(10**6) if seed is None else seed
    sys.exit(_serve(port=port, seed=seed, webhook_url=webhook_url, api_key=api_key, artifacts=artifacts))


@cli.command(epilog=EXIT_CODES)
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="All findings as JSON.")
def check(trace: Path, as_json: bool) -> None:
    """Judge a recorded run again: TRACE is the directory that holds trace.jsonl."""
    from telnyx_simulator.audio.fidelity import THRESHOLDS
    from telnyx_simulator.checks.findings import overall
    from telnyx_simulator.checks.judge import judge
    from telnyx_simulator.report.text import failure_text, run_line
    from telnyx_simulator.trace import Trace, TraceError

    try:
        recorded = Trace.read(trace)
    except TraceError as error:
        raise click.UsageError(str(error)) from error
    if not recorded.header.get("scenario"):
        raise click.UsageError(f"{trace}: the trace of no scenario; there is nothing to judge")
    if recorded.header.get("thresholds") != THRESHOLDS:
        click.echo("judged by this version's thresholds, which are not those that the run recorded", err=True)
    findings = judge(recorded)
    name = recorded.header["scenario"]["run_id"]
    if as_json:
        click.echo(json.dumps([finding.to_json() for finding in findings], indent=2, ensure_ascii=False))
    else:
        click.echo(run_line(name, findings, recorded.end_ns / 1e9))
        click.echo(failure_text(name, findings, trace=trace, repeat=None))
    sys.exit(_exit_code([overall(findings)]))


@cli.command()
@click.option("--profiles", type=click.Path(path_type=Path), help="Another demo.yaml.")
@click.option("--seed", type=int, default=1, show_default=True)
@_artifacts
def demo(profiles: Path | None, seed: int, artifacts: Path) -> None:
    """A UK call turns to static in a broken application, and comes through in the right one."""
    sys.exit(_demo(profiles, seed=seed, artifacts=artifacts))


def main() -> None:
    """Entry point. A traceback never reaches a user for a mistake of theirs; for one of ours it does, with exit 3."""
    try:
        sys.exit(cli.main(prog_name="telnyx-sim", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except Exception:
        click.echo("telnyx-sim: an error of ours, not of your application; please report it with this:", err=True)
        traceback.print_exc()
        sys.exit(EXIT_OURS)


def _folder(artifacts: Path) -> None:
    """Make the folder of the artifacts, or say why not before anything starts."""
    try:
        artifacts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"--artifacts {artifacts}: {error.strerror}") from error


def _run_scenarios(
    paths: list[Path], *, sut: Path, seed: int | None, at_one_time: int, artifacts: Path
) -> tuple[int, "list[RunResult]"]:
    """`run`: exit code and results."""
    from telnyx_simulator.report.text import failure_text, run_line, summary
    from telnyx_simulator.scenario.complaints import ScenarioError
    from telnyx_simulator.scenario.hall import Options, Quiet
    from telnyx_simulator.scenario.invocation import read_all, wall_hall
    from telnyx_simulator.scenario.loader import NOTHING_HERE
    from telnyx_simulator.sut.application import NeverReady
    from telnyx_simulator.sut.words import UnknownWord
    from telnyx_simulator.transports.clock import Clock, wall_clock

    seed = secrets.randbelow(10**6) if seed is None else seed
    try:
        profile, scenarios = read_all(paths, sut)
    except ScenarioError as error:
        click.echo(str(error), err=True)
        nothing = all(complaint.message.startswith(NOTHING_HERE) for complaint in error.complaints)
        return EXIT_NOTHING_MATCHED if nothing else EXIT_USAGE, []
    _folder(artifacts)
    click.echo(f"telnyx-sim run  seed {seed}  {profile.title}  {len(scenarios)} runs", err=True)
    results: list[RunResult] = []

    class Lines(Quiet):
        def end(self, result: "RunResult") -> None:
            results.append(result)
            name = result.scenario.label
            click.echo(run_line(name, result.findings, result.seconds))
            if result.verdict.value != "pass":
                command = ["telnyx-sim", "run", result.scenario.file, "--sut", str(sut), "--seed", str(result.seed)]
                repeat = shlex.join(command) if result.scenario.file else None
                click.echo(failure_text(name, result.findings, trace=result.directory / "trace", repeat=repeat))

    async def all_runs(clock: Clock) -> None:
        options = Options(seed=seed, artifacts=artifacts, root=Path.cwd(), at_one_time=at_one_time)
        async with wall_hall(profile, options, clock) as hall:
            if profile.url:
                click.echo("\n".join(f"  export {line}" for line in hall.exports()), err=True)
            await hall.run_all(scenarios, Lines())

    try:
        seconds = _in_loop(lambda: all_runs(wall_clock()))
    except NeverReady as error:
        click.echo(str(error), err=True)
        return EXIT_NEVER_READY, results
    except UnknownWord as error:
        click.echo(str(error), err=True)
        return EXIT_USAGE, results
    except KeyboardInterrupt:
        click.echo(f"interrupted; what was recorded is in {artifacts}", err=True)
        return EXIT_INTERRUPTED, results
    verdicts = [result.verdict for result in results]
    click.echo(summary(verdicts, seconds))
    return _exit_code(verdicts), results


def _exit_code(verdicts: "list[Verdict]") -> int:
    words = {verdict.value for verdict in verdicts}
    if "fail" in words:
        return EXIT_FAILED
    if "inconclusive" in words:
        return EXIT_INCONCLUSIVE
    return EXIT_OK if "pass" in words else EXIT_FAILED


def _demo(profiles: Path | None, *, seed: int, artifacts: Path) -> int:
    """Two runs of one scenario; fine only if the broken application fails with its fault named and the right passes."""
    import yaml

    from telnyx_simulator import resources

    path = profiles or resources.demo_file()
    try:
        parts = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise click.UsageError(f"--profiles {path}: {error}") from error
    if not isinstance(parts, dict) or set(parts) != {"scenario", "broken", "right", "fault"}:
        raise click.UsageError(f"--profiles {path}: it holds the keys scenario, broken, right and fault, and no others")
    scenario = Path(os.path.relpath(path.parent / parts["scenario"]))
    outcomes = []
    for word in ("broken", "right"):
        sut = Path(os.path.relpath(path.parent / parts[word]))
        click.echo(f"$ telnyx-sim run {scenario} --sut {sut} --seed {seed} -n 2")
        outcomes.append(_run_scenarios([scenario], sut=sut, seed=seed, at_one_time=2, artifacts=artifacts))
        if outcomes[-1][0] not in (EXIT_OK, EXIT_FAILED):
            return outcomes[-1][0]
        click.echo()
    (broken_code, broken), (right_code, _) = outcomes
    faults = {finding.fault.value for result in broken for finding in result.findings if finding.fault}
    named = broken_code == EXIT_FAILED and faults == {parts["fault"]}
    click.echo(f"The broken application {'fails, its fault named: ' + parts['fault'] if named else 'was not caught'}.")
    click.echo(f"The right application {'passes' if right_code == EXIT_OK else 'does not pass'}.")
    for _, results in outcomes:
        for result in results:
            click.echo(f"  {result.verdict.value:<6}  {result.directory}")
    return EXIT_OK if named and right_code == EXIT_OK else EXIT_FAILED


def _serve(*, port: int, seed: int, webhook_url: str | None, api_key: str | None, artifacts: Path) -> int:
    from importlib.metadata import version

    from telnyx_simulator.transports.clock import Clock, wall_clock
    from telnyx_simulator.transports.playground import API_KEY, playground

    _folder(artifacts)
    directory = artifacts / f"serve-{os.getpid()}" / "trace"

    async def until_interrupted(clock: Clock) -> None:
        about = {"seed": seed, "scenario": None, "profile": None}
        async with playground(
            clock,
            port=port,
            seed=seed,
            webhook_url=webhook_url,
            api_key=api_key,
            directory=directory,
            header=about,
            log=lambda line: click.echo(line),
        ) as ground:
            click.echo(f"Telnyx simulator {version('telnyx-simulator')}   seed {seed}   loopback only   unofficial")
            click.echo(f"  REST        {ground.url}/v2        control {ground.url}/_sim")
            click.echo(
                f"  number      {ground.number}        webhooks to {webhook_url or '(none: give --webhook-url)'}"
            )
            click.echo(f"  connection  {ground.connection_id}")
            click.echo(f"  trace       {directory}")
            click.echo(f"  export TELNYX_BASE_URL={ground.url}/v2")
            click.echo(f"  export TELNYX_PUBLIC_KEY={ground.public_key}")
            click.echo(f"  export TELNYX_API_KEY={shlex.quote(api_key or API_KEY)}")
            click.echo(f"  export TELNYX_CONNECTION_ID={ground.connection_id}")
            click.echo(f"  export TELNYX_NUMBER={ground.number}")
            click.echo("Ready (^C to quit)")
            await asyncio.Event().wait()

    try:
        _in_loop(lambda: until_interrupted(wall_clock()))
    except OSError as error:
        click.echo(f"port {port}: {error.strerror}; take another with --port, or --port 0 for a free one", err=True)
        return EXIT_USAGE
    except KeyboardInterrupt:
        click.echo(f"stopped; the trace is in {directory}", err=True)
        return EXIT_INTERRUPTED
    return EXIT_OK


def _in_loop(main: Callable[[], Coroutine[Any, Any, None]]) -> float:
    """Run to the end on the best loop there is; ^C and SIGTERM end it in good order. The answer is seconds taken."""
    from telnyx_simulator.transports.clock import wall_clock

    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop

    # A judging thread gives way to the media path within half a millisecond, not within Python's usual five.
    sys.setswitchinterval(0.0005)
    clock = wall_clock()
    terminated = False

    async def guarded() -> None:
        nonlocal terminated
        task = asyncio.current_task()
        assert task is not None

        def stop() -> None:
            nonlocal terminated
            if not terminated:
                terminated = True
                task.cancel()

        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, stop)
        await main()

    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(guarded())
    except asyncio.CancelledError:
        if not terminated:
            raise
        # One more ^C is not to disturb what is said at the end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt from None
    return clock.now_ns() / 1e9
