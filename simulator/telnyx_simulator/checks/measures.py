"""Measures of a whole run (`claims.MEASURES`): values from the trace alone, held against `min` and `max`.

Theory of operation. A measure is a list of values, one for each time that what it speaks of happened. A bound holds for
every one of them, or for the one that `percentile` chooses. Some values are known from one side only: no answer in 10 s
is an answer after 10 s *at least*, a voice below the floor is there with the floor *at most*. Such a value decides only
what follows from it; where nothing is decided, nothing was exercised.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

from telnyx_simulator.audio.codecs import NotDecodable, parse_codec
from telnyx_simulator.checks import measured_blemishes, measured_frames, measured_quality, measured_sound, measured_talk
from telnyx_simulator.checks.answers import Answer, Met, Missed, Unseen
from telnyx_simulator.checks.claims import MEASURES
from telnyx_simulator.checks.expectations import Expectation
from telnyx_simulator.checks.messages_valid import duration_of
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.checks.values import Known, NoValues, Value, in_unit, spread, written
from telnyx_simulator.trace import Entry

SECOND_NS = 1_000_000_000
# Lateness of ours can have caused these; the rest it cannot touch.
TIME_SENSITIVE: Final = frozenset(
    {
        "first_audio",
        "response",
        "latency",
        "barge_in",
        "acknowledgement",
        "answer_time",
        "gaps",
        "underruns",
        "mos",
        "pace",
        "queued",
    }
)


def measured(expectation: Expectation, record: Record, ears: Ears) -> Answer:
    """Whether the bounds hold."""
    name = str(expectation.value)
    try:
        values = _of_person(expectation.person, values_of(name, record, ears), record)
    except NoValues as reason:
        return Unseen(str(reason))
    judged = values if expectation.percentile is None else [percentile(values, expectation.percentile)]
    unit = MEASURES[name].unit
    wrong = [value for value in judged if _holds(value, expectation) is False]
    right = [value for value in judged if _holds(value, expectation)]
    if wrong:
        return _missed(
            name, max(wrong, key=lambda value: _excess(value, expectation)), len(wrong), len(judged), expectation
        )
    if not right:
        return Unseen(f"{written(judged[0], unit)}: that does not tell whether the bound holds")
    untold = len(judged) - len(right)
    told = spread(right, unit) + (f"; {untold} more cannot be told" if untold else "")
    last = max(right, key=lambda value: value.at_ns)
    return Met(0, last.at_ns, last.at_ns, told, last.call)


def values_of(name: str, record: Record, ears: Ears) -> list[Value]:
    """Each time that it happened, in order. Raises `NoValues` where it never did, with the reason."""
    return sorted(_MEASURES[name](record, ears), key=lambda value: value.at_ns)


def percentile(values: Sequence[Value], percent: float) -> Value:
    """By nearest rank: the least value that so many percent do not exceed."""
    ordered = sorted(values, key=lambda value: value.number)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def _of_person(person: str | None, values: list[Value], record: Record) -> list[Value]:
    if person is None:
        return values
    theirs = [value for value in values if value.call in record.legs(person)]
    if not theirs:
        raise NoValues(f"no call of {person}'s gave a value")
    return theirs


def _holds(value: Value, expectation: Expectation) -> bool | None:
    """Whether it is within the bounds; None if what is known of it does not tell."""
    least, most = expectation.least, expectation.most
    if most is not None and value.number > most and value.known is not Known.AT_MOST:
        return False
    if least is not None and value.number < least and value.known is not Known.AT_LEAST:
        return False
    below = most is None or (value.number <= most and value.known is not Known.AT_LEAST)
    above = least is None or (value.number >= least and value.known is not Known.AT_MOST)
    return True if below and above else None


def _excess(value: Value, expectation: Expectation) -> float:
    """By how much it is out of bounds, in the measure's unit."""
    above = value.number - expectation.most if expectation.most is not None else 0.0
    below = expectation.least - value.number if expectation.least is not None else 0.0
    return max(above, below)


def _missed(name: str, worst: Value, wrong: int, judged: int, expectation: Expectation) -> Missed:
    unit = MEASURES[name].unit
    what = f" ({worst.what})" if worst.what else ""
    several = f"; {wrong} of {judged} values are out of bounds, this one most" if judged > 1 else ""
    late_by_ns = None
    if name in TIME_SENSITIVE:
        excess_ns = round(_excess(worst, expectation) * SECOND_NS)
        late_by_ns = worst.ours_ns if worst.ours_ns is not None else excess_ns
    return Missed(
        f"{written(worst, unit)}{what}{several}",
        late_by_ns=late_by_ns,
        at_ns=worst.at_ns,
        since_ns=worst.since_ns,
        call=worst.call,
    )


def bounds(expectation: Expectation) -> str:
    """`at most 600ms`, `at least 25.0 dB`: the bounds in the measure's unit."""
    unit = MEASURES[str(expectation.value)].unit
    words = []
    if expectation.least is not None:
        words.append(f"at least {in_unit(expectation.least, unit)}")
    if expectation.most is not None:
        words.append(f"at most {in_unit(expectation.most, unit)}")
    if expectation.percentile is not None:
        words.append(f"at percentile {expectation.percentile:g}")
    return " ".join(words)


# What needs no ear


def _acknowledgement(record: Record, ears: Ears) -> list[Value]:
    """An attempt that found nobody is no slow one."""
    values = []
    for entry in record.trace.of("sender", "webhook.attempt"):
        took_ns, timeout_ns = entry.at_ns - entry.body["sent_ns"], entry.body.get("timeout_ns")
        replied = entry.body["status"] is not None
        if replied or (timeout_ns is not None and took_ns >= timeout_ns):
            known = Known.EXACTLY if replied else Known.AT_LEAST
            values.append(_span(entry.body["sent_ns"], entry.at_ns, entry.call, entry.body["event"], known))
    if not values:
        raise NoValues("no webhook reached the application")
    return values


def _answer_time(record: Record, ears: Ears) -> list[Value]:
    values = []
    for call in record.legs(None):
        told = [
            entry.body["sent_ns"]
            for entry in record.trace.of("sender", "webhook.attempt", call=call)
            if entry.body["event"] == "call.initiated"
        ]
        if not told or record.moves(call)[0].body["direction"] != "incoming":
            continue
        answer = next((entry for entry in record.trace.of("rest", "command", call=call) if _answers(entry)), None)
        if answer is not None:
            values.append(_span(min(told), answer.at_ns, call, "answer", Known.EXACTLY))
        elif _waited_in_vain(call, record):
            values.append(_span(min(told), record.ended_ns(call), call, "never answered", Known.AT_LEAST))
    if not values:
        raise NoValues("no incoming call was to be answered")
    return values


def _answers(entry: Entry) -> bool:
    return bool(entry.body["command"] == "answer" and entry.body["effect"])


def _waited_in_vain(call: str, record: Record) -> bool:
    """It never was answered, and it was not the application that declined."""
    ended = record.move_to(call, "hangup")
    return ended is None or ended.body.get("by") != "application"


def _span(since_ns: int, at_ns: int, call: str | None, what: str, known: Known) -> Value:
    seconds = max(0, at_ns - since_ns) / SECOND_NS
    return Value(number=seconds, at_ns=at_ns, since_ns=since_ns, call=call, what=what, known=known)


def _answered(record: Record, ears: Ears) -> list[Value]:
    calls = record.legs(None)
    if not calls:
        raise NoValues("there was no call")
    answered = sum(record.move_to(call, "answered") is not None for call in calls)
    at_ns = record.trace.end_ns
    return [Value(number=answered / len(calls), at_ns=at_ns, since_ns=0, what=f"{answered} of {len(calls)} legs")]


def _message_duration(record: Record, ears: Ears) -> list[Value]:
    values = []
    for stream in record.trace.of("stream", "opened"):
        codec = parse_codec(stream.body.get("asked_codec", stream.body["returned_codec"]))
        for frame in record.trace.frames(f"{stream.body['stream_id']}.from_app"):
            try:
                seconds = duration_of(frame.data, codec)
            except NotDecodable:
                continue  # `messages_valid` tells of it
            values.append(Value(number=seconds, at_ns=frame.at_ns, since_ns=frame.at_ns, call=stream.call))
        for entry in record.trace.of("stream", "message", call=stream.call):
            # What was refused for being too short stands in no frame file.
            if entry.body["stream_id"] == stream.body["stream_id"] and entry.body.get("code") and "bytes" in entry.body:
                seconds = entry.body["bytes"] / (codec.sample_rate_hz * codec.bytes_per_sample)
                values.append(Value(number=seconds, at_ns=entry.at_ns, since_ns=entry.at_ns, call=stream.call))
    if not values:
        raise NoValues("the application sent no media")
    return values


_MEASURES: Final[dict[str, Callable[[Record, Ears], list[Value]]]] = {
    "first_audio": measured_talk.first_audio,
    "response": measured_talk.response,
    "latency": measured_sound.latency,
    "barge_in": measured_talk.barge_in,
    "acknowledgement": _acknowledgement,
    "answer_time": _answer_time,
    "gaps": measured_sound.gaps,
    "static": measured_sound.static_sound,
    "message_duration": _message_duration,
    "loss": measured_sound.loss,
    "duplicates": measured_frames.duplicates,
    "reorder": measured_frames.reorder,
    "answered": _answered,
    "snr": measured_sound.snr,
    "gain": measured_sound.gain,
    "correlation": measured_blemishes.correlation,
    "clipping": measured_blemishes.clipping,
    "dc": measured_blemishes.dc,
    "bandwidth": measured_blemishes.bandwidth,
    "byte_exact": measured_blemishes.byte_exact,
    "own_voice": measured_sound.own_voice,
    "leakage": measured_sound.leakage,
    "underruns": measured_talk.underruns,
    "pace": measured_talk.pace,
    "queued": measured_talk.queued,
    "mos": measured_quality.mos,
}
