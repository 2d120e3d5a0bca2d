"""Measures of when somebody talks: no sound needs to be known for them."""

from telnyx_simulator.audio.activity import talkspurts
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sending import Sending, own_sending, own_underruns
from telnyx_simulator.checks.sound import Ears, How
from telnyx_simulator.checks.tracks import Track
from telnyx_simulator.checks.values import Known, NoValues, Value
from telnyx_simulator.trace import Entry

SECOND_NS = 1_000_000_000
# Two moments so near to each other are one: a tick, and what its rounding adds.
TICK_NS = 20_000_000

Spurt = tuple[int, int]


def spurts(track: Track) -> list[Spurt]:
    """(begins, ends) of each talkspurt, ns of the run."""
    return [(track.at_ns(start), track.at_ns(end)) for start, end in talkspurts(track.pcm)]


def first_audio(record: Record, ears: Ears) -> list[Value]:
    values = []
    for call in record.legs(None):
        answered, track = record.move_to(call, "answered"), record.heard(call)
        if answered is None or track is None:
            continue
        since_ns = answered.at_ns
        heard = [begins for begins, ends in spurts(track) if ends > since_ns]
        at_ns, known = (max(heard[0], since_ns), Known.EXACTLY) if heard else (track.end_ns, Known.AT_LEAST)
        values.append(_span(since_ns, at_ns, call, "" if heard else "nothing was heard", known))
    if not values:
        raise NoValues("no call was answered")
    return values


def response(record: Record, ears: Ears) -> list[Value]:
    """Where a sound is under way when the person has finished, nobody waited for anybody, and nothing is measured."""
    values = []
    for call in record.legs(None):
        track, sounds = record.heard(call), record.sounds(call)
        heard = spurts(track) if track is not None else []
        for n, sound in enumerate(sounds):
            since_ns = said_between(sound, record)[1]
            if track is None or since_ns >= track.end_ns or any(begins < since_ns < ends for begins, ends in heard):
                continue
            limit_ns = sounds[n + 1].body["begins_ns"] if n + 1 < len(sounds) else track.end_ns
            limit_ns = min(limit_ns, track.end_ns)
            nexts = [begins for begins, _ in heard if since_ns <= begins <= limit_ns]
            at_ns, known = (nexts[0], Known.EXACTLY) if nexts else (limit_ns, Known.AT_LEAST)
            values.append(_span(since_ns, at_ns, call, f"after {sound.body['clip']}", known))
    if not values:
        raise NoValues("nobody said anything after which there was silence")
    return values


def barge_in(record: Record, ears: Ears) -> list[Value]:
    """The echo of the barge-in itself is the person's sound, not the application's, and ends what was under way."""
    values, barged = [], False
    for call in record.legs(None):
        track = record.heard(call)
        for sound in record.sounds(call):
            if not sound.body.get("barge_in") or track is None:
                continue
            barged = True
            since_ns = said_between(sound, record)[0]
            under_way = [ends for begins, ends in spurts(track) if begins <= since_ns < ends]
            if not under_way:
                continue
            ends_ns = min([under_way[0], *_echo_begins(sound, call, record, ears)])
            is_over = ends_ns + TICK_NS < track.end_ns
            known = Known.EXACTLY if is_over else Known.AT_LEAST
            values.append(_span(since_ns, max(ends_ns, since_ns), call, sound.body["clip"], known))
    if not values:
        raise NoValues("nothing was being heard when it began" if barged else "nobody barged in")
    return values


def _echo_begins(sound: Entry, call: str, record: Record, ears: Ears) -> list[int]:
    if record.header["profile"]["observe"] != "loopback":
        return []
    judged = ears.judge(call, sound.body["digest"], how=How.ECHO, from_ns=sound.body["begins_ns"])
    return [judged.begins_ns] if judged is not None and judged.begins_ns is not None else []


def underruns(record: Record, ears: Ears) -> list[Value]:
    """Our own lateness can have caused them only if it is as long as the holes together."""
    values = []
    for call in record.legs(None):
        if not any(note.body["what"] == "talkspurt" for note in record.trace.of("far_end", "heard", call=call)):
            continue
        found = own_underruns(record, call)
        at_ns = found[-1][1] if found else record.ended_ns(call)
        since_ns = found[0][0] if found else 0
        values.append(Value(number=len(found), at_ns=at_ns, since_ns=since_ns, call=call, ours_ns=_dry_ns(found)))
    if not values:
        raise NoValues("no talkspurt was heard")
    return values


def pace(record: Record, ears: Ears) -> list[Value]:
    """A sender that keeps up never runs dry in a talkspurt; how far ahead it sends is another matter."""
    values = []
    for entry in record.trace.of("far_end", "playout"):
        played_ms, dry_ms, count = entry.body["played_ms"], entry.body["dry_ms"], entry.body["underruns"]
        if played_ms and entry.call is not None:
            own = _own(entry, record)
            if own is not None:
                dry_ms, count = min(dry_ms, own.dry_ns // 1_000_000), min(count, len(own.underruns))
            values.append(
                Value(
                    number=played_ms / (played_ms + dry_ms),
                    at_ns=entry.at_ns,
                    since_ns=0,
                    call=entry.call,
                    what=f"{count} underruns, {dry_ms} ms in all",
                    ours_ns=_dry_ns(own_underruns(record, entry.call)),
                )
            )
    if not values:
        raise NoValues("nothing was heard of the application")
    return values


def queued(record: Record, ears: Ears) -> list[Value]:
    values = []
    for entry in record.trace.of("far_end", "playout"):
        if entry.body["received_ms"]:
            seconds, own = entry.body["queued_ms_max"] / 1000, _own(entry, record)
            if own is not None:
                seconds = min(seconds, own.queued_ns / SECOND_NS)
            values.append(Value(number=seconds, at_ns=entry.at_ns, since_ns=0, call=entry.call))
    if not values:
        raise NoValues("the application sent no media that anybody could hear")
    return values


def _own(playout: Entry, record: Record) -> Sending | None:
    """Of the stream of which this was noted."""
    streams = [
        one for one in record.streams(playout.call or "") if one.body["stream_id"] == playout.body.get("stream_id")
    ]
    return own_sending(record, streams[0]) if streams else None


def _dry_ns(underruns: list[Spurt]) -> int:
    """For how long nothing came, in all."""
    return sum(resumed_ns - dry_ns for dry_ns, resumed_ns in underruns)


def said_between(sound: Entry, record: Record) -> Spurt:
    """When the first and the last sound of a clip were said: its silent edges are nobody's."""
    clip = Track(record.stimulus(sound.body["digest"]), sound.body["begins_ns"])
    said = spurts(clip)
    return (said[0][0], said[-1][1]) if said else (sound.body["begins_ns"], sound.body["ends_ns"])


def _span(since_ns: int, at_ns: int, call: str, what: str, known: Known) -> Value:
    seconds = max(0, at_ns - since_ns) / SECOND_NS
    return Value(number=seconds, at_ns=at_ns, since_ns=since_ns, call=call, what=what, known=known)
