"""The figures of the diagnosis, from fixed seeds. `make bench-audio` runs it; see README.md.

PYTHONPATH=tests python -m autopsy_bench [--quick] [--voices test|tuning|FOLDER] [--seed N] [--only SET,...]
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import figures, over_sockets, planned_lines
from .calls import Label
from .generator import CLASSES, Source, doubles, healthy, singles, write_cases
from .judging import COMMAND, verdicts
from .scoring import Score, share
from .speech import TEST, TUNING, Voice, committed, in_folder

PAGE = Path(__file__).parents[2] / "docs" / "audio-bench.md"
SEEDS = {"test": 20261121, "tuning": 4711}
"""No case is in both: neither voices nor seeds are shared."""


@dataclass(frozen=True, slots=True)
class Set:
    """A kind of cases, and how many are needed."""

    write: Callable[[Source, int, Path], int]
    """Returns how many there are: a call over sockets may not come to its end."""
    cases: int


SETS = {
    "single": Set(lambda source, count, folder: write_cases(singles(source, count), folder), 15 * len(CLASSES)),
    "sockets": Set(over_sockets.write_cases, 200),
    "healthy": Set(lambda source, count, folder: write_cases(healthy(source, count), folder), 510),
    "double": Set(lambda source, count, folder: write_cases(doubles(source, count), folder), 220),
}
PLANNED, PLANNED_RUNS = "planned", 400
"""Lines whose losses and jitter are planned: the checks of a run judge it themselves."""


def main() -> None:
    options = _options()
    started = time.monotonic()
    folder = Path(options.keep) if options.keep else Path(tempfile.mkdtemp(prefix="audio-bench-"))
    source = Source(seed=options.seed or SEEDS.get(options.voices, 1), voices=_voices(options.voices))
    scores = {}
    for name in [one for one in SETS if one in options.only]:
        wanted = max(1, round(SETS[name].cases * options.share))
        cases = SETS[name].write(source, wanted, folder / name)
        _tell(f"{name}: {cases} cases made", started)
        if not options.make_only:
            scores[name] = scored(folder / name, verdicts(folder / name, options.judge, options.processes))
            _tell(f"{name}: judged", started)
    if options.make_only:
        return
    lines = ["## Diagnosis", "", *_figures_of(scores)]
    if PLANNED in options.only:
        wanted = max(1, round(PLANNED_RUNS * options.share))
        found = planned_lines.runs_on_planned_lines(source, wanted, folder / PLANNED, options.processes)
        alarms = share(found.alarms.total(), found.healthy) + "".join(f"; {i}: {n}" for i, n in found.alarms.items())
        lines.append(f"| healthy, with planned loss up to 5 % and jitter, called faulty | <= 0.5 % | {alarms} |")
        caught = share(found.caught, found.broken)
        lines.append(f"| the same lines, one message of {planned_lines.SWALLOWED} swallowed, caught | all | {caught} |")
        _tell(f"{PLANNED}: {found.healthy} of {wanted} runs of a healthy application had a verdict", started)
    if options.measure:
        lines += ["", "## Speed and watermark", "", *figures.lines(options.judge, quick=options.share < 1)]
    for name, score in scores.items():
        lines += ["", f"## {name}: confusion", "", *score.table()]
    print("\n".join(lines))
    if options.write:
        PAGE.write_text("\n".join([*_head(options, source), *lines]) + "\n")
    if not options.keep:
        shutil.rmtree(folder)
    _tell("done", started)


def scored(folder: Path, said: dict[str, tuple[str, ...]]) -> Score:
    """The verdicts on the cases of a folder against its `truth.jsonl`."""
    score = Score()
    for line in (folder / "truth.jsonl").read_text().splitlines():
        truth = json.loads(line)
        labels = [
            Label(name=one["name"], same=tuple(one["same"]), beside=tuple(one["beside"])) for one in truth["labels"]
        ]
        score.add(truth["id"], labels, said[truth["id"]])
    return score


def _figures_of(scores: dict[str, Score]) -> list[str]:
    lines = ["| figure | wanted | found |", "|---|---|---|"]
    if single := scores.get("single"):
        lines.append(f"| one mistake, exact label | >= 99 % | {share(single.exact, single.cases)} |")
        lines.append(f"| one mistake, called healthy | 0 | {share(single.called_healthy, single.cases)} |")
    if sockets := scores.get("sockets"):
        lines.append(f"| the same over real sockets, exact label | >= 99 % | {share(sockets.exact, sockets.cases)} |")
        lines.append(f"| the same, called healthy | 0 | {share(sockets.called_healthy, sockets.cases)} |")
    if sound := scores.get("healthy"):
        lines.append(f"| healthy, called faulty | <= 0.5 % | {share(sound.cases - sound.exact, sound.cases)} |")
    if double := scores.get("double"):
        lines.append(f"| two mistakes, both named | >= 85 % | {share(double.every_named, double.cases)} |")
        lines.append(f"| two mistakes, both named and nothing else | | {share(double.exact, double.cases)} |")
        lines.append(f"| two mistakes, one named | >= 99 % | {share(double.one_named, double.cases)} |")
    return lines


def _head(options: argparse.Namespace, source: Source) -> list[str]:
    command = " ".join(["PYTHONPATH=tests python -m autopsy_bench", *sys.argv[1:]])
    return [
        "# How well the diagnosis names what went wrong",
        "",
        f"Made by `make bench-audio`, which is `{command}`.",
        f"Seed {source.seed}; voices {', '.join(voice.name for voice in source.voices)}; judged: `{options.judge}`.",
        "What the cases are, and what counts as exact: `tests/autopsy_bench/README.md`.",
        "",
    ]


def _voices(name: str) -> tuple[Voice, ...]:
    return committed({"test": TEST, "tuning": TUNING}[name]) if name in SEEDS else in_folder(Path(name))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m autopsy_bench", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--quick", action="store_const", const=0.05, default=1.0, dest="share", help="a twentieth of the cases"
    )
    parser.add_argument("--share", type=float, help="such a part of the cases")
    parser.add_argument(
        "--voices", default="test", help="test, tuning, or a folder with a subfolder of WAV files for each voice"
    )
    parser.add_argument("--seed", type=int, help="another seed than the one of these voices")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=[*SETS, PLANNED], help=f"of {', '.join([*SETS, PLANNED])}"
    )
    parser.add_argument("--judge", default=COMMAND, help=f"{COMMAND!r}, or package.module:function")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", metavar="FOLDER", help="write the pairs there and leave them")
    parser.add_argument("--make-only", action="store_true", help="write the pairs and judge nothing")
    parser.add_argument("--measure", action="store_true", help="speed and watermark as well")
    parser.add_argument("--write", action="store_true", help=f"the page {PAGE.name}")
    return parser.parse_args()


def _tell(what: str, started: float) -> None:
    print(f"{time.monotonic() - started:6.0f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
