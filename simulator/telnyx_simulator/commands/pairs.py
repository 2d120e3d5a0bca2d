"""Two files, or many pairs of them, compared offline: what `verify audio` does, apart from its words.

Nothing here imports numpy before it is needed: the processes of a batch set how many threads it may start first.
"""

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from telnyx_simulator.audio.autopsy import Autopsy
    from telnyx_simulator.audio.codecs import Codec
    from telnyx_simulator.audio.wav import Channel, Wav

SECONDS_MAX: Final = 600.0
"""Of either file. Work grows with the square: three minutes take 10 to 30 s and half a gigabyte, ten a few minutes."""
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_KEYS: Final = ("ref", "got")
CHANNELS: Final = ("left", "right")


class PairError(Exception):
    """Why two files cannot be compared, for the person who gave them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`id` is whatever the author gave. `problem`: why it is no pair; the files then say nothing."""

    id: Any
    line: int | None = None
    ref: Path = Path()
    got: Path = Path()
    leg_codec: str | None = None
    return_codec: str | None = None
    channel: str | None = None
    own: Path | None = None
    others: tuple[Path, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Compared:
    """Both files as they were read, and what lies between them. `notes`: what could not be done as it was asked for."""

    reference: "Wav"
    heard: "Wav"
    autopsy: "Autopsy"
    notes: tuple[str, ...] = ()


def compared(
    ref: Path,
    got: Path,
    *,
    sent: "Codec | None" = None,
    returned: "Codec | None" = None,
    channel: "Channel | None" = None,
    own: Path | None = None,
    others: Sequence[Path] = (),
) -> Compared:
    """Read two files and compare them. Raises `PairError`.

    `own`: what the application said itself; `others`: what was said on other calls. They are sought in what was heard
    where the reference is not to be found.
    """
    from telnyx_simulator.audio.autopsy import Sound, autopsy

    reference, heard = _loaded(ref, channel), _loaded(got, channel)
    if len(reference.pcm) == 0:
        raise PairError(f"{ref}: there is no sound in it, and nothing can be compared with none")
    beside = [_loaded(path, channel) for path in (*([own] if own else []), *others)]
    sounds = tuple(Sound(wav.pcm, wav.rate_hz) for wav in beside)
    found = autopsy(
        Sound(reference.pcm, reference.rate_hz),
        Sound(heard.pcm, heard.rate_hz),
        sent=sent,
        returned=returned,
        own=sounds[0] if own else None,
        others=sounds[1:] if own else sounds,
    )
    cut_off = [
        f"{path}: its header promises {wav.promised_s:.2f} s, and there are {wav.seconds:.2f} s: the file is cut off"
        for path, wav in ((ref, reference), (got, heard))
        if wav.promised_s is not None
    ]
    notes = (*cut_off, *_left_out(sent, returned))
    return Compared(reference=reference, heard=heard, autopsy=found, notes=notes)


def _left_out(*codecs: "Codec | None") -> list[str]:
    """Of each codec that was named and cannot be tried here: what it needs, and the line that installs it."""
    missing = [(codec, codec.missing_here(encode=True, decode=True)) for codec in dict.fromkeys(codecs) if codec]
    return [
        f"mistakes of {codec} are not tried here: {needs.needs}; `{needs.install}`" for codec, needs in missing if needs
    ]


def codec_of(text: str) -> "Codec":
    """ValueError, with the codecs that there are, for what is none."""
    from telnyx_simulator.audio.codecs import parse_codec

    return parse_codec(text)


def read_pairs(lines: Iterable[bytes], folder: Path) -> Iterator[Pair]:
    """One object a line; files relative to `folder`. What is no pair is one with a problem."""
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if text:
            yield _pair(text, number, folder)


def results(pairs: list[Pair], processes: int) -> Iterator[tuple[Pair, dict[str, Any]]]:
    """One result for each pair, as it comes: `id`, `verdict`, `faults`, `evidence`, `line`, `notes`.

    Nothing in a pair ends the rest.
    """
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
        done = compared(
            pair.ref,
            pair.got,
            sent=sent,
            returned=returned,
            channel=channel_of(pair.channel),
            own=pair.own,
            others=pair.others,
        )
    except (PairError, ValueError) as error:
        return _inconclusive(pair, str(error))
    except Exception as error:
        return _inconclusive(pair, f"an error of ours; please report it: {type(error).__name__}: {error}")
    found = done.autopsy
    names = [fault.value for fault in found.names]
    return _result(pair, found.verdict.value, names, found.evidence, done.notes)


def channel_of(text: str | None) -> "Channel | None":
    """ValueError for what is none."""
    from telnyx_simulator.audio.wav import Channel

    if text is None:
        return None
    if text not in CHANNELS:
        raise ValueError(f"{text!r} is no channel; `left` and `right` are")
    return Channel(text)


def _loaded(path: Path, channel: "Channel | None") -> "Wav":
    from telnyx_simulator.audio.wav import UnreadableWavError, load

    try:
        wav = load(path, channel=channel)
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


def _pair(text: bytes, line: int, folder: Path) -> Pair:
    place = f"line {line}"
    try:
        given = json.loads(text.decode())
    except UnicodeDecodeError:
        return Pair(
            id=place, line=line, problem=f"{place} is no text in UTF-8; a list of pairs is JSON, one object a line"
        )
    except (ValueError, RecursionError) as error:
        return Pair(id=place, line=line, problem=f"{place} is no JSON: {error}")
    if not isinstance(given, dict):
        problem = f'{place} is no object; a pair is {{"id": ..., "ref": FILE, "got": FILE}}'
        return Pair(id=place, line=line, problem=problem)
    name = given.get("id", place)
    for key in _KEYS:
        if not isinstance(given.get(key), str) or not given[key]:
            told = f"{key!r} is {json.dumps(given[key])[:80]}" if key in given else f"{key!r} is missing"
            problem = f"{place}: {told}; it is the name of a WAV file, relative to this list"
            return Pair(id=name, line=line, problem=problem)
    codecs = [given.get(key) for key in ("leg_codec", "return_codec")]
    for codec in codecs:
        if codec is not None and not isinstance(codec, str):
            problem = f"{place}: a codec is text, such as PCMA or L16/16000, not {codec!r}"
            return Pair(id=name, line=line, problem=problem)
    channel = given.get("channel")
    if channel is not None and channel not in CHANNELS:
        problem = f'{place}: \'channel\' is {json.dumps(channel)[:80]}; it is "left" or "right"'
        return Pair(id=name, line=line, problem=problem)
    own, others = given.get("own"), given.get("other")
    others = [] if others is None else others if isinstance(others, list) else [others]
    for key, path in (*([("own", own)] if own is not None else []), *(("other", one) for one in others)):
        if not isinstance(path, str) or not path:
            problem = (
                f"{place}: {key!r} is {json.dumps(path)[:80]}; it is the name of a WAV file, relative to this list"
            )
            return Pair(id=name, line=line, problem=problem)
    return Pair(
        id=name,
        line=line,
        ref=folder / given["ref"],
        got=folder / given["got"],
        leg_codec=codecs[0],
        return_codec=codecs[1],
        channel=channel,
        own=folder / own if own else None,
        others=tuple(folder / one for one in others),
    )


def _inconclusive(pair: Pair, reason: str) -> dict[str, Any]:
    return _result(pair, "inconclusive", [], reason)


def _result(pair: Pair, verdict: str, faults: list[str], evidence: str, notes: Sequence[str] = ()) -> dict[str, Any]:
    return {"id": pair.id, "verdict": verdict, "faults": faults, "evidence": evidence} | {
        "line": pair.line,
        "notes": list(notes),
    }


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Numpy's own threads would only be in each other's way."""
    for name in _THREADS:
        os.environ.setdefault(name, "1")
