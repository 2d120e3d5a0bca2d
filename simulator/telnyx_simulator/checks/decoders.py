"""What the application's decode function made of frames, where the profile names one (`audio: {python: ...}`)."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.decoding import Decoding, judge_decoding
from telnyx_simulator.checks.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """`decoding` is None where the function could not be asked; `problem` says why."""

    codec: str
    at_ns: int
    decoding: Decoding | None
    problem: str = ""


def decoders(record: Record, call: str) -> Iterator[Tried]:
    """The decoder on each codec that the leg's streams had; those that cannot be compared are left out."""
    for entry in record.trace.of("sut", "decoded", call=call):
        body = entry.body
        if "problem" in body:
            yield Tried(codec=body["codec"], at_ns=entry.at_ns, decoding=None, problem=body["problem"])
        elif "frames" in body:
            frames = [base64.b64decode(frame) for frame in body["frames"]]
            returned = [np.frombuffer(base64.b64decode(one), "<i4").astype(np.int64) for one in body["returned"]]
            decoding = judge_decoding(parse_codec(body["codec"]), frames, returned, within=int(body["floats"]))
            problem = decoding.actual if decoding.is_right is None else ""
            yield Tried(codec=body["codec"], at_ns=entry.at_ns, decoding=decoding, problem=problem)
