"""`telnyx-sim verify`: checks of what already lies in files; no call is made."""

import contextlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from telnyx_simulator.commands import options
from telnyx_simulator.commands.exits import EPILOG, EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_OK

if TYPE_CHECKING:
    from telnyx_simulator.audio.codecs import Codec
    from telnyx_simulator.commands.pairs import Compared, Pair

_EXITS: Final = {"healthy": EXIT_OK, "inconclusive": EXIT_INCONCLUSIVE, "faulty": EXIT_FAILED}
"""In the order in which the later one wins."""
_COLORS: Final = {"healthy": "green", "faulty": "red", "inconclusive": "yellow"}
_PLOTS: Final = (".svg", ".png")


class _CodecType(click.ParamType["Codec"]):
    name = "codec"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Codec":
        from telnyx_simulator.commands.pairs import codec_of

        try:
            return codec_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


_FILE: Final = click.Path(path_type=Path)
_CODEC: Final = _CodecType()


@click.group(short_help="Check files offline: what was said against what was heard.")
def verify() -> None:
    """Check files offline; no call is made."""


@verify.command(epilog=EPILOG, short_help="Compare what was said with what was heard.")
@click.argument("ref", type=_FILE, required=False, metavar="REF.wav")
@click.argument("got", type=_FILE, required=False, metavar="GOT.wav")
@click.option("--leg-codec", type=_CODEC, help="In which REF went to the application: PCMU, PCMA, L16/16000 ...")
@click.option("--return-codec", type=_CODEC, help="In which GOT came back from it.")
@click.option(
    "--channel", type=click.Choice(["left", "right"]), help="Of files whose channels differ, the one that is meant."
)
@click.option("--own", type=_FILE, metavar="FILE", help="What the application said itself: GOT may be that, come back.")
@click.option(
    "--other",
    "others",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="What was said on another call: GOT may be that.",
)
@click.option("--pairs", metavar="FILE", help="Many pairs, one JSON object a line: id, ref, got; - is stdin.")
@click.option(
    "-n",
    "processes",
    metavar="N",
    type=click.IntRange(1, 64),
    help="Of --pairs, so many at one time.  [default: the processors]",
)
@click.option("--json", "as_json", metavar="FILE", help="The result as JSON, a line each of --pairs; - is stdout.")
@click.option("--plot", "plots", multiple=True, type=_FILE, metavar="FILE", help="A picture of both: .svg or .png.")
@options.color
def audio(
    ref: Path | None,
    got: Path | None,
    leg_codec: "Codec | None",
    return_codec: "Codec | None",
    channel: str | None,
    own: Path | None,
    others: tuple[Path, ...],
    pairs: str | None,
    processes: int | None,
    as_json: str | None,
    plots: tuple[Path, ...],
) -> None:
    """Compare what was said (REF.wav) with what was heard of it (GOT.wav), and name what is wrong.

    WAV files of any rate, bits and channels. Exit code 0 is healthy, 1 faulty.
    """
    if pairs is not None:
        if ref is not None or plots or leg_codec or return_codec or channel or own or others:
            raise click.UsageError(
                "--pairs stands alone: files, codecs and channels are in its lines, and a plot is of one pair"
            )
        sys.exit(_batch(pairs, processes, as_json))
    if ref is None or got is None:
        raise click.UsageError("two files are compared: verify audio REF.wav GOT.wav (or many: --pairs FILE)")
    for plot in plots:
        if plot.suffix.lower() not in _PLOTS:
            raise click.BadParameter(f"{plot}: a plot is an .svg or a .png file", param_hint="--plot")
    sys.exit(_single(ref, got, (leg_codec, return_codec), channel, (own, others), as_json, plots))


def _single(
    ref: Path,
    got: Path,
    codecs: "tuple[Codec | None, Codec | None]",
    channel: str | None,
    beside: tuple[Path | None, tuple[Path, ...]],
    as_json: str | None,
    plots: tuple[Path, ...],
) -> int:
    from telnyx_simulator.commands.pairs import PairError, channel_of, compared
    from telnyx_simulator.report.autopsy_report import autopsy_json, autopsy_text

    try:
        done = compared(
            ref,
            got,
            sent=codecs[0],
            returned=codecs[1],
            channel=channel_of(channel),
            own=beside[0],
            others=beside[1],
        )
    except PairError as error:
        raise click.UsageError(str(error)) from error
    files = ((ref, done.reference), (got, done.heard))
    verdict = done.autopsy.verdict.value
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for plot in plots:
        _draw(done, files, plot)
    if as_json is not None:
        with _writer(as_json) as write:
            write(json.dumps(autopsy_json(done.autopsy, files, done.notes), indent=2, ensure_ascii=False))
    if as_json != "-":
        first, _, rest = autopsy_text(done.autopsy, files).partition("\n")
        click.echo(f"{click.style(first, fg=_COLORS[verdict], bold=True)}\n{rest}")
    return _EXITS[verdict]


def _draw(done: "Compared", files: Any, path: Path) -> None:
    from telnyx_simulator.report.autopsy_report import autopsy_picture
    from telnyx_simulator.report.canvas import Canvas, Pixels, Svg
    from telnyx_simulator.report.sound_plot import WIDTH, draw

    picture = autopsy_picture(done.autopsy, files)
    canvas: Canvas = (Svg if path.suffix.lower() == ".svg" else Pixels)(WIDTH, picture.height)
    data = draw(picture, canvas)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise click.UsageError(f"--plot {path}: {error.strerror}") from error


def _batch(source: str, processes: int | None, as_json: str | None) -> int:
    """A line for each pair as it comes, and a summary beside it."""
    from telnyx_simulator.commands.pairs import processors, results

    pairs = _pairs(source)
    if not pairs:
        raise click.UsageError(f"--pairs {source}: there is no pair in it")
    verdicts: Counter[str] = Counter()
    with _writer(as_json or "-") as write:
        told: set[str] = set()
        for _, result in results(pairs, processes or processors()):
            verdicts[result["verdict"]] += 1
            for note in set(result["notes"]) - told:
                told.add(note)
                click.echo(f"note: {note}", err=True)
            write(json.dumps(result, ensure_ascii=False) if as_json else _told(result))
    counts = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in _EXITS)
    click.echo(f"{options.counted(len(pairs), 'pair')}: {counts}", err=True)
    return next((code for verdict, code in reversed(_EXITS.items()) if verdicts[verdict]), EXIT_OK)


@contextlib.contextmanager
def _writer(target: str) -> Iterator[Callable[[str], None]]:
    """Writes lines, each at once, to stdout or to a file."""
    if target == "-":
        yield click.echo
        return
    path = Path(target)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8", errors="backslashreplace", buffering=1)
    except OSError as error:
        raise click.UsageError(f"--json {path}: {error.strerror}") from error
    with file:
        yield lambda line: print(line, file=file)


def _pairs(source: str) -> "list[Pair]":
    from telnyx_simulator.commands.pairs import read_pairs

    if source == "-":
        return list(read_pairs(sys.stdin.buffer, Path()))
    path = Path(source)
    try:
        with path.open("rb") as file:
            return list(read_pairs(file, path.parent))
    except OSError as error:
        raise click.UsageError(f"--pairs {path}: {error.strerror}") from error


def _told(result: dict[str, Any]) -> str:
    """One line for people."""
    names = ", ".join(result["faults"])
    verdict = click.style(f"{result['verdict']:<12}", fg=_COLORS[result["verdict"]])
    return f"{verdict}  {result['id']}  {f'{names}  ' if names else ''}({result['evidence']})"
