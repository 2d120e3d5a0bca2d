"""The record of a run, in and out: one directory in which everything stands that a check needs.

    trace.jsonl                     first line: the header; then one entry a line, flushed as written
    media/<stream_id>.to_app.frames         what was sent to the application
    media/<stream_id>.from_app.frames       what came from it, one record a media message
    media/<call_leg_id>.heard.frames        what the person heard, one record for each 20 ms tick
    stimuli/<sha256>.wav            every sound that was played or may be expected
    recordings/<recording_id>.<format>      what the application had recorded, as it can be fetched

A frame record is little-endian: int64 `at_ns`, int64 `due_ns` (-1 in `from_app`), uint32 length, then the bytes.
A last line or record that a kill tore off is passed over.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np

SCHEMA: Final = 1
_RECORD: Final = struct.Struct("<qqI")
_FLUSH_NS: Final = 500_000_000
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class TraceError(Exception):
    """A directory that is not a trace, or of another schema; the text is for people."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `call` is a `call_leg_id`, or None for what concerns no leg."""

    seq: int
    at_ns: int
    run: str
    call: str | None
    actor: str
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """One record of a frame file; `due_ns` is -1 where nothing was due."""

    at_ns: int
    due_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Trace:
    """A record to be read: of a run that is over, or of one under way up to this moment."""

    directory: Path
    header: dict[str, Any]
    entries: Sequence[Entry]

    @staticmethod
    def read(directory: Path) -> "Trace":
        path = directory / "trace.jsonl"
        if not path.is_file():
            raise TraceError(f"{directory}: not a trace; a trace is a directory that holds trace.jsonl")
        lines = _whole_lines(path)
        _, header = next(lines, (1, {}))
        if "schema" not in header:
            raise TraceError(f"{path}: the first line is not a trace header")
        if not (directory / "media").is_dir():
            raise TraceError(f"{directory}: its folder media/ is missing, and without it nothing can be judged")
        if header["schema"] != SCHEMA:
            raise TraceError(f"{path}: trace schema {header['schema']}; this version reads schema {SCHEMA}")
        return Trace(directory, header, [_entry(path, number, line) for number, line in lines])

    def of(self, actor: str, kind: str | None = None, *, call: str | None = None) -> Iterator[Entry]:
        """Entries of an actor, narrowed by kind and leg."""
        for entry in self.entries:
            if entry.actor == actor and kind in (None, entry.kind) and call in (None, entry.call):
                yield entry

    def frames(self, name: str) -> list[Frame]:
        """Records of `media/<name>.frames`; none if there is no such file."""
        path = self.directory / "media" / f"{name}.frames"
        return list(_records(path.read_bytes())) if path.is_file() else []

    def stimulus(self, digest: str) -> Path:
        return self.directory / "stimuli" / f"{digest}.wav"

    @property
    def end_ns(self) -> int:
        return self.entries[-1].at_ns if self.entries else 0


class TraceWriter:
    """Writes one run's trace. Not for several threads: entries come from the event loop alone.

    `remembers`: what was written is at hand without being read again, which a run wants and a server that runs for days
    does not.
    """

    def __init__(self, directory: Path, header: dict[str, Any], *, run: str, remembers: bool = True) -> None:
        (directory / "media").mkdir(parents=True, exist_ok=True)
        (directory / "stimuli").mkdir(exist_ok=True)
        self.directory = directory
        self.header = {"schema": SCHEMA, **header}
        self.run = run
        self.closed = False
        self._remembers = remembers
        self.entries: list[Entry] = []
        self._written = 0
        self._lines = (directory / "trace.jsonl").open("wb")
        self._frames: dict[str, BinaryIO] = {}
        self._begun: set[str] = set()
        self._flushed_ns = 0
        # Records what is recorded late on purpose; called before somebody looks.
        self.completed_by: Callable[[], None] = lambda: None
        self._line(self.header)

    def write(self, at_ns: int, actor: str, kind: str, body: dict[str, Any], *, call: str | None = None) -> Entry:
        """Append one entry. After `close` it is dropped: what comes late belongs to no run."""
        entry = Entry(self._written + 1, at_ns, self.run, call, actor, kind, body)
        if not self.closed:
            self._written += 1
            if self._remembers:
                self.entries.append(entry)
            self._line({name: getattr(entry, name) for name in Entry.__slots__})
            self._flush_if_due(at_ns)
        return entry

    def frame(self, name: str, at_ns: int, due_ns: int, data: bytes) -> None:
        """Append one record to `media/<name>.frames`."""
        if self.closed:
            return
        file = self._file(name)
        file.write(_RECORD.pack(at_ns, due_ns, len(data)))
        file.write(data)
        self._flush_if_due(at_ns)

    def empty_frames(self, name: str, due_ns: range) -> None:
        """Append records without bytes to `media/<name>.frames`, each as of the moment at which it was due."""
        if self.closed or not due_ns:
            return
        records = np.zeros(len(due_ns), dtype=[("at_ns", "<i8"), ("due_ns", "<i8"), ("length", "<u4")])
        records["at_ns"] = records["due_ns"] = np.arange(due_ns.start, due_ns.stop, due_ns.step)
        self._file(name).write(records.tobytes())

    def _file(self, name: str) -> BinaryIO:
        file = self._frames.get(name)
        if file is None:
            path = self.directory / "media" / f"{name}.frames"
            file = self._frames[name] = path.open("ab" if name in self._begun else "wb")
            self._begun.add(name)
        return file

    def rest(self, name: str) -> None:
        """No more records are expected in `media/<name>.frames`; one that comes all the same is added.

        A system has only so many open files for a process, and a server many legs.
        """
        if (file := self._frames.pop(name, None)) is not None:
            file.close()

    def stimulus(self, wav: bytes) -> str:
        """Keep a sound; the answer is its SHA-256, under which the trace knows it."""
        digest = hashlib.sha256(wav).hexdigest()
        path = self.directory / "stimuli" / f"{digest}.wav"
        if not path.exists():
            path.write_bytes(wav)
        return digest

    def flush(self) -> None:
        for file in self._frames.values():
            file.flush()

    def view(self) -> Trace:
        """The trace so far, to be read while the run goes on."""
        if not self.closed:
            self.completed_by()
            self.flush()
        if not self._remembers:
            return Trace.read(self.directory)
        return Trace(self.directory, self.header, list(self.entries))

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._lines.close()
        for file in self._frames.values():
            file.close()

    def _flush_if_due(self, at_ns: int) -> None:
        if at_ns - self._flushed_ns >= _FLUSH_NS:
            self._flushed_ns = at_ns
            self.flush()

    def _line(self, value: dict[str, Any]) -> None:
        try:
            line = msgspec.json.encode(value)
        except (UnicodeEncodeError, TypeError):
            # Half a surrogate pair, which UTF-8 does not have, becomes JSON's own escape: what came in can be recorded.
            line = _JSON.encode(value).encode(errors="backslashreplace")
        self._lines.write(line + b"\n")
        self._lines.flush()


def _whole_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """JSON objects with their line numbers, from 1; a last line without its end is left out."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                value = json.loads(line)
            except ValueError as error:
                raise TraceError(f"{path}:{number}: not JSON: {error}") from error
            if not isinstance(value, dict):
                raise TraceError(f"{path}:{number}: not a JSON object")
            yield number, value


def _entry(path: Path, number: int, line: dict[str, Any]) -> Entry:
    if line.keys() != set(Entry.__slots__):
        raise TraceError(f"{path}:{number}: not a trace entry; an entry has {', '.join(Entry.__slots__)}")
    return Entry(**line)


def _records(data: bytes) -> Iterator[Frame]:
    at = 0
    while at + _RECORD.size <= len(data):
        at_ns, due_ns, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        if at + length > len(data):
            return
        yield Frame(at_ns, due_ns, data[at : at + length])
        at += length
