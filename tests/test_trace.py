"""The trace, in and out: what was written is read, whatever became of the writer."""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telnyx_simulator.trace import SCHEMA, Entry, Frame, Trace, TraceError, TraceWriter

HEADER = {"seed": 7, "scenario": {"name": "a call"}}
SECOND_NS = 1_000_000_000


@pytest.fixture
def written(tmp_path):
    """A trace of two entries and three frames, closed."""
    writer = TraceWriter(tmp_path, HEADER, run="run 1")
    writer.write(10, "switch", "leg", {"state": "parked"}, call="leg 1")
    writer.frame("stream.to_app", 20, 19, b"abc")
    writer.frame("stream.to_app", 40, 39, b"")
    writer.frame("stream.from_app", 41, -1, b"\x00\xff")
    writer.write(50, "far_end", "sound", {"clip": "größe"})
    writer.close()
    return tmp_path


ENTRIES = [
    Entry(1, 10, "run 1", "leg 1", "switch", "leg", {"state": "parked"}),
    Entry(2, 50, "run 1", None, "far_end", "sound", {"clip": "größe"}),
]


def test_what_was_written_is_read(written):
    trace = Trace.read(written)
    assert (trace.header, list(trace.entries), trace.end_ns) == ({"schema": SCHEMA, **HEADER}, ENTRIES, 50)
    assert trace.frames("stream.to_app") == [Frame(20, 19, b"abc"), Frame(40, 39, b"")]
    assert trace.frames("stream.from_app") == [Frame(41, -1, b"\x00\xff")]
    assert trace.frames("stream.heard") == []


def test_the_header_is_the_first_line_and_each_entry_one_more(written):
    first, *others = [json.loads(line) for line in (written / "trace.jsonl").read_text().splitlines()]
    assert first == {"schema": SCHEMA, **HEADER}
    assert [list(line) for line in others] == [["seq", "at_ns", "run", "call", "actor", "kind", "body"]] * 2


def test_entries_are_found_by_actor_kind_and_leg(written):
    trace = Trace.read(written)
    assert list(trace.of("switch")) == ENTRIES[:1]
    assert list(trace.of("switch", "leg", call="leg 1")) == ENTRIES[:1]
    assert list(trace.of("switch", "leg", call="leg 2")) == []
    assert list(trace.of("switch", "stream")) == []


def test_a_frame_record_is_two_times_a_length_and_the_bytes(written):
    assert (written / "media" / "stream.from_app.frames").read_bytes() == (
        (41).to_bytes(8, "little") + (-1).to_bytes(8, "little", signed=True) + (2).to_bytes(4, "little") + b"\x00\xff"
    )


def test_a_last_line_that_was_torn_off_at_any_byte_is_passed_over(written):
    path = written / "trace.jsonl"
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    for cut in range(last, len(whole)):
        path.write_bytes(whole[:cut])
        assert list(Trace.read(written).entries) == ENTRIES[:1]


def test_a_last_record_that_was_torn_off_at_any_byte_is_passed_over(written):
    path = written / "media" / "stream.to_app.frames"
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        assert Trace.read(written).frames("stream.to_app") == ([Frame(20, 19, b"abc")] if cut >= 23 else [])


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (b"", "the first line is not a trace header"),
        (b'{"schema":1', "the first line is not a trace header"),
        (b'{"name":"x"}\n', "the first line is not a trace header"),
        (b'{"schema":99}\n', f"trace schema 99; this version reads schema {SCHEMA}"),
        (b"[]\n", ":1: not a JSON object"),
        (b"5\n", ":1: not a JSON object"),
        (b"\xff\xfe\n", ":1: not JSON: "),
        (b'{"schema":1}\n{"seq":1\n', ":2: not JSON: "),
        (b'{"schema":1}\n{"seq":1}\n', ":2: not a trace entry; an entry has seq, at_ns, run, call, actor, kind, body"),
    ],
)
def test_what_is_no_trace_is_refused_with_place_and_reason(tmp_path, text, refusal):
    (tmp_path / "trace.jsonl").write_bytes(text)
    (tmp_path / "media").mkdir()
    with pytest.raises(TraceError) as caught:
        Trace.read(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "trace.jsonl"))
    assert refusal in str(caught.value)


def test_a_directory_without_a_trace_is_refused(tmp_path):
    with pytest.raises(TraceError, match=r"not a trace; a trace is a directory that holds trace\.jsonl"):
        Trace.read(tmp_path)


def test_a_trace_without_its_media_is_refused(written):
    shutil.rmtree(written / "media")
    with pytest.raises(TraceError, match="its folder media/ is missing"):
        Trace.read(written)


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_anything_that_json_can_say_is_recorded(value):
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        writer = TraceWriter(directory, {}, run="r")
        writer.write(0, "rest", "command", {"body": value})
        writer.close()
        assert [entry.body for entry in Trace.read(directory).entries] == [{"body": value}]


def test_half_a_surrogate_pair_is_recorded_as_json_escapes_it(tmp_path):
    writer = TraceWriter(tmp_path, {}, run="r")
    writer.write(0, "rest", "command", {"body": "\ud800"})
    writer.close()
    assert '"\\ud800"' in (tmp_path / "trace.jsonl").read_text(encoding="utf-8")
    assert Trace.read(tmp_path).entries[0].body == {"body": "\ud800"}


def test_a_run_under_way_can_be_viewed(tmp_path):
    writer = TraceWriter(tmp_path, HEADER, run="run 1")
    writer.write(10, "switch", "leg", {"state": "parked"}, call="leg 1")
    writer.frame("s.heard", 20, 20, b"x")
    view = writer.view()
    writer.write(50, "far_end", "sound", {"clip": "größe"})
    assert (view.header, view.entries, view.frames("s.heard")) == (
        {"schema": SCHEMA, **HEADER},
        ENTRIES[:1],
        [Frame(20, 20, b"x")],
    )
    writer.close()


def test_what_comes_after_the_end_is_dropped(written, tmp_path_factory):
    directory = tmp_path_factory.mktemp("closed")
    writer = TraceWriter(directory, HEADER, run="run 1")
    writer.close()
    writer.close()
    writer.write(1, "switch", "leg", {})
    writer.frame("s.heard", 1, 1, b"x")
    assert (list(Trace.read(directory).entries), Trace.read(directory).frames("s.heard"), writer.entries) == (
        [],
        [],
        [],
    )


def test_a_stimulus_is_kept_once_under_its_digest(tmp_path):
    writer = TraceWriter(tmp_path, {}, run="r")
    digest = writer.stimulus(b"RIFF...")
    assert writer.stimulus(b"RIFF...") == digest == hashlib.sha256(b"RIFF...").hexdigest()
    assert writer.view().stimulus(digest).read_bytes() == b"RIFF..."
    assert len(list((tmp_path / "stimuli").iterdir())) == 1
    writer.close()


@pytest.mark.parametrize("brings", ["a frame", "an entry"])
def test_frames_are_on_disk_after_a_second_whatever_comes_next(tmp_path, brings):
    writer = TraceWriter(tmp_path, {}, run="r")
    writer.frame("s.heard", SECOND_NS // 10, 0, b"early")
    assert Trace.read(tmp_path).frames("s.heard") == []
    if brings == "a frame":
        writer.frame("other.heard", SECOND_NS, 0, b"late")
    else:
        writer.write(SECOND_NS, "switch", "leg", {})
    assert [frame.data for frame in Trace.read(tmp_path).frames("s.heard")] == [b"early"]
    writer.close()


WRITER = """
import sys
from pathlib import Path
from telnyx_simulator.trace import TraceWriter
writer = TraceWriter(Path(sys.argv[1]), {"seed": 7}, run="r")
n = 0
while True:
    writer.write(n * 20_000_000, "switch", "leg", {"n": n, "filler": "x" * (n % 20_000)})
    writer.frame("s.heard", n * 20_000_000, n * 20_000_000, bytes(320))
    n += 1
    if n == 500:
        print("well under way", flush=True)
"""


def test_the_trace_of_a_killed_writer_is_readable(tmp_path):
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"well under way\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    trace = Trace.read(tmp_path)
    written = [entry.body["n"] for entry in trace.entries]
    frames = trace.frames("s.heard")
    assert trace.header == {"schema": SCHEMA, "seed": 7}
    assert len(written) >= 500
    assert written == list(range(len(written)))
    assert [frame.due_ns for frame in frames] == [n * 20_000_000 for n in range(len(frames))]
    assert len(frames) >= len(written) - 50, "at most a second of frames is lost"


def test_a_frame_file_that_rests_is_closed_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    for _ in range(2):  # what an earlier record left there is gone
        writer = TraceWriter(tmp_path, HEADER, run="run 1")
        writer.frame("leg.heard", 1, 1, b"ab")
        writer.rest("leg.heard")
        writer.rest("leg.heard")
        open_files = (
            {path.resolve() for path in Path("/proc/self/fd").iterdir()} if Path("/proc/self/fd").is_dir() else set()
        )
        assert (tmp_path / "media" / "leg.heard.frames").resolve() not in open_files
        writer.frame("leg.heard", 2, 2, b"cd")
        writer.close()
        assert [frame.data for frame in Trace.read(tmp_path).frames("leg.heard")] == [b"ab", b"cd"]


def test_a_writer_that_remembers_nothing_reads_what_it_has_written(tmp_path: Path) -> None:
    writers = [TraceWriter(tmp_path / name, HEADER, run="r", remembers=name == "a") for name in ("a", "b")]
    for writer in writers:
        for n in range(3):
            assert writer.write(n, "rest", "command", {"n": n}, call="leg").seq == n + 1
    remembered, read = (writer.view() for writer in writers)
    assert list(read.entries) == list(remembered.entries)
    assert len(read.entries) == 3
    for writer in writers:
        writer.close()
