"""The application's decode function (`audio: {python: ...}`), tried with frames of each codec that a run has sent."""

import base64
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.decoding import is_exact, probe
from telnyx_simulator.signaling.payloads import media_format
from telnyx_simulator.sut.application import Application, Unreachable
from telnyx_simulator.transports.session import Session

_SAMPLES_MAX: Final = 100_000
"""A frame has 960 at most."""
_INT32: Final = np.iinfo(np.int32)


async def try_decoder(application: Application, session: Session) -> None:
    """An entry for each leg and codec of the run: the frames, and what came back for them."""
    if application.profile.audio.python is None:
        return
    sent = {(entry.call, entry.body["sent_codec"]): None for entry in session.trace.view().of("stream", "opened")}
    bodies: dict[str, dict[str, Any]] = {}
    for call, codec in sent:
        if codec not in bodies:
            bodies[codec] = {"codec": codec} | await _tried(application, codec)
        session.note("sut", "decoded", bodies[codec], call=call)


async def _tried(application: Application, text: str) -> dict[str, Any]:
    """`frames` and `returned` (32-bit little-endian numbers), both base64; or the `problem`."""
    codec = parse_codec(text)
    if not is_exact(codec):
        return {"inexact": f"{text} keeps a state from frame to frame; PCMU, PCMA and L16 can be compared"}
    frames, returned, floats = probe(codec), [], False
    for frame in frames:
        try:
            samples, is_float = _numbers(await application.decoded(frame, media_format(text)))
        except (Unreachable, ValueError) as problem:
            return {"problem": str(problem)}
        returned.append(samples)
        floats |= is_float
    return {
        "frames": [base64.b64encode(frame).decode() for frame in frames],
        "returned": [base64.b64encode(samples.astype("<i4").tobytes()).decode() for samples in returned],
        "floats": floats,
    }


def _numbers(returned: Any) -> tuple[NDArray[np.int64], bool]:
    """Samples at the scale of 16 bits, and whether they were floats. ValueError: what came back is no sound."""
    if isinstance(returned, bytes | bytearray | memoryview):
        data = bytes(returned)
        if len(data) % 2:
            raise ValueError(f"the decoder returned {len(data)} bytes; 16-bit samples have an even number")
        return np.frombuffer(data, "<i2").astype(np.int64), False
    try:
        samples = np.asarray(returned)
    except Exception as error:
        raise ValueError(f"the decoder returned {type(returned).__name__}: {error}") from error
    if samples.dtype.kind not in "iuf" or samples.size > _SAMPLES_MAX or samples.ndim > 2:
        what = type(returned).__name__
        raise ValueError(f"the decoder returned {what}; bytes, or a sequence of numbers, is a frame's samples")
    samples = samples.reshape(-1)
    if samples.dtype.kind == "f":
        if not np.isfinite(samples).all():
            raise ValueError("the decoder returned floats that are no numbers")
        whole = bool((samples == np.rint(samples)).all()) and float(np.abs(samples).max(initial=0)) > 1
        samples = samples if whole else np.rint(samples.astype(np.float64) * 32768)
        return np.clip(samples, _INT32.min, _INT32.max).astype(np.int64), not whole
    return np.clip(samples, _INT32.min, _INT32.max).astype(np.int64), False
