"""Two files, or many pairs of them, compared offline: what `verify audio` does, apart from its words.

Nothing here imports numpy before it is needed: the processes of a batch set how many threads it may start first.
"""

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from telnyx_simulator.audio.autopsy import Autopsy
    from telnyx_simulator.audio.codecs import Codec
    from telnyx_simulator.audio.wav import Wav

SECONDS_MAX: Final = 600.0
"""Of either file. Work grows with the square: three minutes take 10 to 30 s and half a gigabyte, ten a few minutes."""
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_KEYS: Final = ("ref", "got")


class PairError(Exception):
    """Why two files cannot be compared, for the person who gave them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`id` is whatever the author gave. `problem`: why it is no pair; the other fields then say nothing."""

    id: Any
    ref: Path = Path()
    got: Path = Path()
    leg_codec: str | None = None
    return_codec: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Compared:
    """Both files as they were read, and what lies between them."""

    reference: "Wav"
    heard: "Wav"
    autopsy: "Autopsy"


def compared(ref: Path, got: Path, *, sent: "Codec | None" = None, returned: "Codec | None" = None) -> Compared:
    """Read two files and compare them. Raises `PairError`."""
    from telnyx_simulator.audio.autopsy import Sound, autopsy

    reference, heard = _loaded(ref), _loaded(got)
    if len(reference.pcm) == 0:
        raise PairError(f"{ref}: there is no sound in it, and nothing can be compared with none")
    found = autopsy(
        Sound(reference.pcm, reference.rate_hz), Sound(heard.pcm, heard.rate_hz), sent=sent, returned=returned
    )
    return Compared(reference=reference, heard=heard, autopsy=found)


def codec_of(text: str) -> "Codec":
    """ValueError, with the codecs that there are, for what is none."""
    from telnyx_simulator.audio.codecs import parse_codec

    return parse_codec(text)


def read_pairs(lines: Iterable[bytes], folder: Path) -> Iterator[Pair]:
    """One object a line; files relative to `folder`. What is no pair is one with a problem."""
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if text:
            yield _pair(text, f"line {number}", folder)


def results(pairs: list[Pair], processes: int) -> Iterator[tuple[Pair, dict[str, Any]]]:
    """One result for each pair, as it comes: `id`, `verdict`, `faults`, `evidence`. Nothing in a pair ends the rest."""
    if processes == 1 or len(pairs) < 2:
        yield from ((pair, result(pair)) for pair in pairs)
        return
    broken: list[Pair] = []
    with _pool(min(processes, len(pairs))) as pool:
        running: dict[Future[dict[str, Any]], Pair] = {pool.submit(result, pair): pair for pair in pairs}
        try:
            for done in as_completed(running):
                try:
                    yield running[done], done.result()
                except BrokenProcessPool:
                    broken.append(running[done])
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    yield from _one_by_one(broken)


def _one_by_one(pairs: Iterable[Pair]) -> Iterator[tuple[Pair, dict[str, Any]]]:
    """One of them has ended its process, and took others with it: now it is plain which."""
    left = deque(pairs)
    while left:
        with _pool(1) as pool:
            while left:
                pair = left.popleft()
                try:
                    yield pair, pool.submit(result, pair).result()
                except BrokenProcessPool:
                    yield pair, _inconclusive(pair, _ENDED)
                    break


_ENDED: Final = "the process that compared them ended: most likely this machine has not enough memory for them"


def result(pair: Pair) -> dict[str, Any]:
    """Of one pair, whatever happens."""
    if pair.problem:
        return _inconclusive(pair, pair.problem)
    try:
        sent, returned = (codec_of(one) if one else None for one in (pair.leg_codec, pair.return_codec))
        found = compared(pair.ref, pair.got, sent=sent, returned=returned).autopsy
    except (PairError, ValueError) as error:
        return _inconclusive(pair, str(error))
    except Exception as error:
        return _inconclusive(pair, f"an error of ours; please report it: {type(error).__name__}: {error}")
    names = [fault.value for fault in found.names]
    return {"id": pair.id, "verdict": found.verdict.value, "faults": names, "evidence": found.evidence}


def _loaded(path: Path) -> "Wav":
    from telnyx_simulator.audio.wav import UnreadableWavError, load

    try:
        wav = load(path)
    except UnreadableWavError as error:
        raise PairError(f"{path}: {error}") from error
    except OSError as error:
        raise PairError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a path that no system takes
        raise PairError(f"{str(path)!r}: {error}") from error
    if wav.seconds > SECONDS_MAX:
        raise PairError(
            f"{path}: it lasts {wav.seconds:.0f} s, and up to {SECONDS_MAX:.0f} s can be compared; cut it: "
            "`ffmpeg -ss START -t 600 -i FILE PART.wav`"
        )
    return wav


def _pair(text: bytes, place: str, folder: Path) -> Pair:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Pair(id=place, problem=f"{place} is no JSON: {error}")
    if not isinstance(given, dict):
        return Pair(id=place, problem=f'{place} is no object; a pair is {{"id": ..., "ref": FILE, "got": FILE}}')
    name = given.get("id", place)
    for key in _KEYS:
        if not isinstance(given.get(key), str) or not given[key]:
            told = f"{key!r} is {json.dumps(given[key])[:80]}" if key in given else f"{key!r} is missing"
            return Pair(id=name, problem=f"{place}: {told}; it is the name of a WAV file, relative to this list")
    codecs = [given.get(key) for key in ("leg_codec", "return_codec")]
    for codec in codecs:
        if codec is not None and not isinstance(codec, str):
            return Pair(id=name, problem=f"{place}: a codec is text, such as PCMA or L16/16000, not {codec!r}")
    return Pair(
        id=name, ref=folder / given["ref"], got=folder / given["got"], leg_codec=codecs[0], return_codec=codecs[1]
    )


def _inconclusive(pair: Pair, reason: str) -> dict[str, Any]:
    return {"id": pair.id, "verdict": "inconclusive", "faults": [], "evidence": reason}


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Numpy's own threads would only be in each other's way."""
    for name in _THREADS:
        os.environ.setdefault(name, "1")
