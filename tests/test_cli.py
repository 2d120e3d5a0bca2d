"""The entry point: what lies around every command."""

import io
from pathlib import Path

from telnyx_simulator.cli import whole


class Interrupted(io.RawIOBase):
    """A file that takes a hundred bytes of each write, as a pipe does whose writer gets a signal."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override] # bytes are enough here
        self.taken += bytes(data[:100])
        return min(len(data), 100)


def test_a_long_text_is_written_whole_to_an_unbuffered_stream() -> None:
    text = "0123456789" * 100
    dropping, keeping = Interrupted(), Interrupted()
    io.TextIOWrapper(dropping, write_through=True).write(text)  # type: ignore[arg-type] # all of a stream that is needed
    assert len(dropping.taken) == 100, "what Python does by itself; if it no longer does, ours is not needed"
    stream = io.TextIOWrapper(keeping, write_through=True)  # type: ignore[arg-type] # all of a stream that is needed
    whole(stream).write(text + "\n")
    assert keeping.taken.decode() == text + "\n"


def test_a_buffered_stream_is_left_alone(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        assert whole(file) is file
