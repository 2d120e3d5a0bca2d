"""An autopsy for people, and for machines. Schema 1; keys are only ever added at the end."""

import math
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from telnyx_simulator.audio.autopsy import Autopsy, Event, NamedFault, Scored
from telnyx_simulator.audio.faults import Fault, Kind
from telnyx_simulator.audio.fidelity import SNR_DB_TOLD_MAX, snr_told
from telnyx_simulator.audio.wav import Wav
from telnyx_simulator.report.sound_plot import Mark, Matched, Picture

SCHEMA: Final = 1
_EVENTS_TOLD: Final = 20
_TRIED_TOLD: Final = 4
_PATH_STEP_S: Final = 0.005
_WIDTH: Final = 110

Files = tuple[tuple[Path, Wav], tuple[Path, Wav]]
"""Reference and heard."""

# Of which sides an event takes time: what was dropped is not heard, what was inserted is not of the reference.
_NOT_HEARD: Final = frozenset({Fault.FRAMES_DROPPED, Fault.CUT_OFF})
_NOT_SAID: Final = frozenset({Fault.GAPS_INSERTED, Fault.FRAMES_DUPLICATED})


def autopsy_json(found: Autopsy, files: Files, notes: Sequence[str] = ()) -> dict[str, Any]:
    """One object, all of whose numbers are finite; an SNR of 60 dB is that, or more.

    `notes`: what else is to be known of how it was made.
    """
    (ref, reference), (got, heard) = files
    return {
        "schema": SCHEMA,
        "verdict": found.verdict.value,
        "faults": [fault.value for fault in found.names],
        "evidence": found.evidence,
        "ref": _file(ref, reference),
        "got": _file(got, heard),
        "latency_s": _finite(found.latency_s),
        "gain_db": _finite(found.gain_db),
        "snr_db": _finite(None if found.snr_db is None else min(found.snr_db, SNR_DB_TOLD_MAX)),
        "correlation": _finite(found.correlation),
        "details": [_detail(fault, found) for fault in found.faults],
        "events": [_event(event) for event in found.timeline],
        "tried": [_tried(scored) for scored in found.hypotheses],
        "notes": list(notes),
    }


def autopsy_text(found: Autopsy, files: Files) -> str:
    """Verdict, files, each fault with its evidence and advice, figures, events."""
    return "\n".join(_lines(found, files))


def autopsy_title(found: Autopsy) -> str:
    """`healthy`, or `faulty: clipped, gain_high`."""
    names = ", ".join(fault.value for fault in found.names)
    return f"{found.verdict.value}: {names}" if names else found.verdict.value


def autopsy_picture(found: Autopsy, files: Files) -> Picture:
    """What a plot of both files shows."""
    (ref, reference), (got, heard) = files
    return Picture(
        title=autopsy_title(found),
        lines=(f"{ref.name}: {_form(reference)}; {got.name}: {_form(heard)}", found.evidence[:180]),
        said=(reference.pcm, reference.rate_hz),
        heard=(heard.pcm, heard.rate_hz),
        marks=tuple(_mark(event) for event in found.timeline),
        matched=_matched(found),
    )


def _lines(found: Autopsy, files: Files) -> Iterator[str]:
    yield autopsy_title(found)
    for what, (path, wav) in zip(("reference", "heard"), files, strict=True):
        yield f"  {what:<10} {path}  ({_form(wav)})"
    if not found.faults:
        yield f"  {', '.join(_figures(found)) or found.evidence}"
    for fault in found.faults:
        yield from _fault_lines(fault, found)
    figures = list(_figures(found))
    kinds = {fault.fault.kind for fault in found.faults}
    if figures and found.faults:
        under = "with that allowed for: " if kinds & {Kind.FORMAT, Kind.RATE} else ""
        yield f"\n  {under}{', '.join(figures)}"
    if found.hypotheses and kinds & {Kind.FORMAT, Kind.RATE, Kind.CONTENT}:
        yield "\n  what explains the sound how well:"
        for scored in found.hypotheses[:_TRIED_TOLD]:
            yield f"    {_score(scored)}"
    if found.timeline:
        yield "\n  events, in the order heard:"
    for event in found.timeline[:_EVENTS_TOLD]:
        lasts = f"{event.duration_s * 1000:5.0f} ms"
        yield f"    {event.at_s:9.3f} s  {event.fault:<18} {lasts}  reference {event.reference_s:.3f} s"
    if len(found.timeline) > _EVENTS_TOLD:
        yield f"    and {len(found.timeline) - _EVENTS_TOLD} more"


def _fault_lines(one: NamedFault, found: Autopsy) -> Iterator[str]:
    yield f"\n  {one.fault}: {one.fault.sentence}"
    if one.candidates:
        yield f"    either {' or '.join(one.candidates)}"
    if one.fault.kind in (Kind.FORMAT, Kind.RATE) and one.before is not None and one.after is not None:
        before, after = (f"{_rounded(number)} {one.unit}" for number in (one.before, one.after))
        yield f"    before: {before}; with this mistake allowed for: {after}"
    yield _wrapped(one.evidence)
    first_s = _first_s(one, found)
    if first_s is not None:
        yield f"    first at {first_s:.3f} s of what was heard"
    yield _wrapped(f"look here: {one.advice}")


def _first_s(one: NamedFault, found: Autopsy) -> float | None:
    """What spoils all of a sound does so from its beginning."""
    if one.at_s is None and found.latency_s is not None:
        return max(found.latency_s, 0.0)
    return one.at_s


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def _rounded(number: float) -> str:
    return f"{round(number, 1) + 0.0:.1f}"  # no -0.0


def _figures(found: Autopsy) -> Iterator[str]:
    if found.latency_s is not None:
        yield f"delay {found.latency_s * 1000:.0f} ms"
    if found.snr_db is not None:
        yield snr_told(found.snr_db)
    if found.gain_db is not None:
        yield f"gain {round(found.gain_db, 1) + 0.0:+.1f} dB"
    if found.correlation is not None:
        yield f"correlation {found.correlation:.2f}"


def _score(scored: Scored) -> str:
    name = " ".join((scored.fault.value if scored.fault else "as declared", scored.detail)).strip()
    explained = (
        f"{scored.explained_db:5.1f} dB explained" if scored.explained_db is not None else "not followed further"
    )
    return f"{name:<40} correlation {scored.correlation:.2f}, {explained}"


def _form(wav: Wav) -> str:
    return f"{wav.said}, {wav.seconds:.2f} s"


def _file(path: Path, wav: Wav) -> dict[str, Any]:
    return {"file": str(path), "form": wav.said, "rate_hz": wav.rate_hz, "seconds": round(wav.seconds, 4)}


def _detail(one: NamedFault, found: Autopsy) -> dict[str, Any]:
    return {
        "fault": one.fault.value,
        "sentence": one.fault.sentence,
        "evidence": one.evidence,
        "before": _finite(one.before),
        "after": _finite(one.after),
        "unit": one.unit,
        "first_s": _finite(_first_s(one, found)),
        "count": one.count,
        "candidates": [fault.value for fault in one.candidates],
        "advice": one.advice,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "fault": event.fault.value,
        "at_s": _finite(event.at_s),
        "reference_s": _finite(event.reference_s),
        "duration_s": _finite(event.duration_s),
    }


def _tried(scored: Scored) -> dict[str, Any]:
    return {
        "fault": scored.fault.value if scored.fault else None,
        "detail": scored.detail,
        "correlation": _finite(scored.correlation),
        "explained_db": _finite(scored.explained_db),
    }


def _finite(number: float | None) -> float | None:
    return round(float(number), 4) + 0.0 if number is not None and math.isfinite(number) else None


def _mark(event: Event) -> Mark:
    return Mark(
        name=event.fault.value,
        heard_s=event.at_s,
        heard_for_s=0.0 if event.fault in _NOT_HEARD else event.duration_s,
        reference_s=event.reference_s,
        reference_for_s=0.0 if event.fault in _NOT_SAID else event.duration_s,
    )


def _matched(found: Autopsy) -> Matched | None:
    """Each 5 ms of what was heard that came from the reference."""
    heard, delays = [np.zeros(0)], [np.zeros(0)]
    for stretch in found.path:
        if stretch.delay_s is not None:
            at = np.arange(stretch.from_s, stretch.to_s - 1e-9, _PATH_STEP_S)
            heard.append(at)
            delays.append(np.full(len(at), stretch.delay_s))
    at_s = np.concatenate(heard)
    return Matched(heard_s=at_s, reference_s=at_s - np.concatenate(delays)) if len(at_s) else None
