"""The caller's ear: what is heard of what the application sends, and when. Ticks are 20 ms apart, on fake time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_simulator.audio.codecs import PCMU, Codec, parse_codec
from telnyx_simulator.media.messages import Clear, Mark, Media
from telnyx_simulator.media.playout import Cleared, MarkReached, Note, Pace, Playout, TalkspurtBegan, Underrun

MS = 1_000_000
TURN = 20 * MS
L16 = parse_codec("L16/8000/le")
Message = Media | Mark | Clear


def speech(samples: int, first: int = 1) -> np.ndarray:
    """Samples that are told apart by their values: 1, 2, 3 ..."""
    return np.arange(first, first + samples, dtype=np.int16)


def media(samples: int, first: int = 1, codec: Codec = L16) -> Media:
    return Media(codec.encode(speech(samples, first)))


class Ear:
    """A playout and the ticks that it is given: tick `k` is due at `k * 20 ms`."""

    def __init__(self, codec: Codec = L16) -> None:
        self.playout = Playout(codec)
        self.frames: list[bytes] = []
        self.notes: list[tuple[int, Note]] = []

    def say(self, at_ms: float, *messages: Message) -> None:
        for message in messages:
            self.playout.receive(message, round(at_ms * MS))

    def listen(self, ticks: int) -> None:
        for _ in range(ticks):
            due_ns = len(self.frames) * TURN
            frame, notes = self.playout.tick(due_ns)
            self.frames.append(frame)
            self.notes += [(due_ns // MS, note) for note in notes]

    @property
    def heard(self) -> list[int]:
        """Every sample that was played."""
        return np.frombuffer(b"".join(self.frames), "<i2").tolist()

    @property
    def audible(self) -> list[int]:
        """Ticks at which something was played."""
        return [k for k, frame in enumerate(self.frames) if frame]

    def marks(self) -> list[tuple[int, str]]:
        return [(at_ms, note.name) for at_ms, note in self.notes if isinstance(note, MarkReached)]


# --- Pacing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arrives_ms", "starts"), [(0, 3), (1, 4), (19, 4), (20, 4), (20.5, 5)])
def test_a_talkspurt_starts_at_the_first_tick_60_ms_after_its_first_message(arrives_ms, starts):
    ear = Ear()
    ear.say(arrives_ms, media(320))
    ear.listen(10)
    assert (ear.audible, ear.heard) == ([starts, starts + 1], speech(320).tolist())
    (began,) = [note for _, note in ear.notes]
    assert began == TalkspurtBegan(round(arrives_ms * MS), round((arrives_ms + 60) * MS))


def test_what_comes_in_one_burst_is_heard_in_real_time():
    """30 s in one message take 30 s."""
    ear = Ear()
    ear.say(0, Media(PCMU.silence_frame * 1500))
    ear.playout.codec = PCMU
    ear.listen(1600)
    assert ear.audible == list(range(3, 1503))


@pytest.mark.parametrize("chunk", [1, 7, 79, 160, 161, 3200, 8000 * 30])
def test_chunks_of_any_size_sound_the_same(chunk):
    said = np.resize(speech(1600), max(chunk, 1600))
    ear = Ear()
    ear.say(0, *(Media(L16.encode(said[at : at + chunk])) for at in range(0, len(said), chunk)))
    ear.listen(3 + len(said) // 160 + 2)
    assert ear.heard[: len(said)] == said.tolist()
    assert not any(ear.heard[len(said) :])
    assert len([note for _, note in ear.notes if isinstance(note, TalkspurtBegan)]) == 1


@pytest.mark.parametrize("text", ["PCMU", "PCMA", "L16/8000/le", "L16/16000/be", "L16/22050/le", "L16/48000/be"])
def test_a_frame_heard_is_20_ms_of_s16le_at_the_return_codecs_rate(text):
    codec = parse_codec(text)
    ear = Ear(codec)
    payload = codec.encode(speech(codec.frame_samples * 2, first=100))
    ear.say(0, Media(payload))
    ear.listen(6)
    assert [len(frame) for frame in ear.frames] == [0, 0, 0, codec.frame_samples * 2, codec.frame_samples * 2, 0]
    assert ear.heard == codec.decode(payload).tolist()


def test_a_last_frame_is_filled_up_with_silence():
    ear = Ear()
    ear.say(0, media(200))
    ear.listen(6)
    assert ear.heard == speech(200).tolist() + [0] * 120


def test_what_arrives_after_the_due_time_is_not_yet_heard():
    """Even if it is there when a late tick is processed."""
    ear = Ear()
    ear.say(0, media(160))
    ear.say(60 + 1e-6, media(160, first=1001))
    ear.listen(5)
    assert [frame[:2] for frame in ear.frames[3:]] == [L16.encode(speech(1)), L16.encode(speech(1, 1001))]


def test_nothing_is_heard_of_a_message_without_a_whole_sample():
    """One byte of L16 neither begins a talkspurt nor keeps the ear busy."""
    ear = Ear()
    ear.say(0, Media(b"\x01"))
    ear.listen(2)
    assert (ear.notes, ear.playout.is_idle) == ([], True)
    ear.say(40, media(160))
    ear.listen(5)
    assert (ear.audible, len(ear.notes)) == ([5], 1)


# --- Holes ------------------------------------------------------------------------------------------------------------


def test_media_that_comes_before_the_queue_is_dry_leaves_no_hole():
    ear = Ear()
    for k in range(20):
        ear.say(k * 20, media(160, first=160 * k))
    ear.listen(30)
    assert ear.heard == speech(3200, 0).tolist()
    assert [type(note) for _, note in ear.notes] == [TalkspurtBegan]


@pytest.mark.parametrize(
    ("resumes_ms", "note", "plays"),
    [
        (80, None, 4),  # at the very tick at which the queue is dry
        (81, Underrun(80 * MS, 81 * MS), 5),
        (280, Underrun(80 * MS, 280 * MS), 14),
        (281, TalkspurtBegan(281 * MS, 341 * MS), 18),
        (999, TalkspurtBegan(999 * MS, 1059 * MS), 53),
    ],
)
def test_a_pause_of_200_ms_is_an_underrun_and_a_longer_one_a_new_talkspurt(resumes_ms, note, plays):
    ear = Ear()
    ear.say(0, media(160))
    ear.say(resumes_ms, media(160, first=1001))
    ear.listen(60)
    assert ear.audible == [3, plays]
    assert [other for _, other in ear.notes[1:]] == ([note] if note else [])


def test_a_hole_inside_a_frame_is_an_underrun_as_well():
    """The queue ran dry 10 ms into the frame; the rest of it was silence."""
    ear = Ear()
    ear.say(0, media(80))
    ear.say(75, media(160, first=1001))
    ear.listen(6)
    assert ear.heard == speech(80).tolist() + [0] * 80 + speech(160, 1001).tolist()
    assert [note for _, note in ear.notes[1:]] == [Underrun(70 * MS, 75 * MS)]


def test_a_stream_that_keeps_up_never_underruns_whatever_its_jitter_below_60_ms():
    ear, draws = Ear(), np.random.default_rng(1)
    arrivals = np.maximum.accumulate(np.arange(750) * 20 + np.r_[0, draws.uniform(0, 59, 749)])
    for k, at_ms in enumerate(arrivals):
        ear.say(at_ms, media(160, first=k))
    ear.listen(800)
    assert [type(note) for _, note in ear.notes] == [TalkspurtBegan]
    assert ear.audible == list(range(3, 753))


# --- Senders that are too slow, or far ahead --------------------------------------------------------------------------


def sent_every(interval_ms: float, count: int, ear: Ear) -> None:
    """20 ms of sound in each message, so often."""
    for k in range(count):
        ear.say(k * interval_ms, media(160, first=160 * (k % 100)))


@pytest.mark.parametrize("interval_ms", [22, 25, 40, 100])
def test_a_sender_that_is_too_slow_runs_dry_by_as_much_as_it_is_slow(interval_ms):
    """What is heard lasts as long as the sending does: 20 ms of sound in each interval, the rest is silence."""
    ear = Ear()
    sent_every(interval_ms, 200, ear)
    ear.listen(round(200 * interval_ms / 20) + 20)
    heard_ms = (ear.audible[-1] - ear.audible[0] + 1) * 20
    pace = ear.playout.pace
    assert (pace.ms(pace.played), pace.talkspurts) == (4000, 1)
    assert heard_ms == pytest.approx(200 * interval_ms, abs=140)
    assert pace.dry_ns // MS == pytest.approx(heard_ms - 4000, abs=1)
    assert pace.underruns == len([note for _, note in ear.notes if isinstance(note, Underrun)]) > 0


@pytest.mark.parametrize("interval_ms", [0, 1, 10, 19.9, 20])
def test_a_sender_that_is_fast_enough_never_runs_dry_and_queues_what_it_is_ahead(interval_ms):
    ear = Ear()
    sent_every(interval_ms, 200, ear)
    ear.listen(260)
    pace = ear.playout.pace
    assert (pace.underruns, pace.dry_ns, pace.ms(pace.played)) == (0, 0, 4000)
    # While it sends, 20 ms come every interval and 20 ms go every 20 ms; 60 ms wait in the jitter buffer.
    ahead_ms = min(4000, 60 + 4000 * (1 - interval_ms / 20))
    assert pace.ms(pace.queued_most) == pytest.approx(ahead_ms, abs=60)


def test_what_a_sender_did_adds_up():
    """Of 1.5 s that came 100 ms were played, and the rest was taken back."""
    ear = Ear()
    ear.say(0, media(12_000))
    ear.say(150, Clear())
    ear.listen(20)
    assert ear.playout.pace == Pace(8000, talkspurts=1, taken_in=12_000, played=800, cleared=11_200, queued_most=12_000)


# --- Marks ------------------------------------------------------------------------------------------------------------


def test_a_mark_returns_when_the_audio_before_it_has_been_played():
    """Three seconds of audio from 60 ms on: the mark is back at 3060 ms."""
    ear = Ear()
    ear.say(0, media(24_000), Mark("end"))
    ear.listen(200)
    assert ear.marks() == [(3060, "end")]


def test_marks_return_in_order_each_in_its_place():
    ear = Ear()
    ear.say(0, Mark("before"), media(160), Mark("a"), Mark("b"), media(240), Mark("c"), media(80), Mark("d"))
    ear.listen(10)
    assert ear.marks() == [(0, "before"), (80, "a"), (80, "b"), (120, "c"), (120, "d")]


def test_a_mark_that_comes_while_the_last_frame_is_played_waits_for_its_end():
    ear = Ear()
    ear.say(0, media(160))
    ear.listen(4)
    assert not ear.playout.is_idle
    ear.say(70, Mark("end"))
    ear.listen(1)
    assert (ear.marks(), ear.playout.is_idle) == ([(80, "end")], True)


def test_the_ear_is_idle_when_nothing_is_heard_or_waits():
    ear = Ear()
    assert ear.playout.is_idle
    ear.say(0, media(160))
    assert not ear.playout.is_idle
    ear.listen(5)
    assert ear.playout.is_idle


# --- Clear ------------------------------------------------------------------------------------------------------------


def test_clear_drops_what_is_queued_and_returns_the_pending_marks_in_order():
    ear = Ear()
    ear.say(0, media(8000), Mark("a"), media(8000), Mark("b"))
    ear.say(110, Clear())
    ear.listen(20)
    assert ear.audible == [3, 4, 5]
    assert ear.notes[1:] == [(120, Cleared(2000 - 60)), (120, MarkReached("a")), (120, MarkReached("b"))]
    assert ear.playout.is_idle


def test_clear_with_nothing_queued_does_nothing():
    ear = Ear()
    ear.say(0, Clear())
    ear.listen(2)
    assert (ear.notes, ear.frames) == ([(0, Cleared(0))], [b"", b""])


def test_a_clear_stops_a_talkspurt_that_has_not_begun_to_be_heard():
    ear = Ear()
    ear.say(0, media(160))
    ear.say(10, Clear())
    ear.listen(10)
    assert (ear.audible, ear.notes[-1]) == ([], (20, Cleared(20)))


def test_after_a_clear_a_new_talkspurt_begins():
    ear = Ear()
    ear.say(0, media(1600))
    ear.say(100, Clear(), media(160, first=1001))
    ear.listen(12)
    assert ear.audible == [3, 4, 8]
    assert ear.notes[-1] == (100, TalkspurtBegan(100 * MS, 160 * MS))


# --- Recomputation ----------------------------------------------------------------------------------------------------


ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 300 * MS),
        st.one_of(
            st.integers(0, 900).map(lambda n: media(n, first=n)),
            st.binary(max_size=5).map(Media),
            st.sampled_from("abc").map(Mark),
            st.just(Clear()),
        ),
    ),
    max_size=25,
)


def run(arrivals: list[tuple[int, Message]], lateness: list[int]) -> tuple[list[bytes], list[list[Note]]]:
    """What is heard when tick `k` is processed `lateness[k]` ns after it is due, arrivals coming in at their times."""
    playout, waiting, frames, notes = Playout(L16), list(arrivals), [], []
    processed_ns = 0
    for k, late_ns in enumerate(lateness):
        processed_ns = max(processed_ns, k * TURN + late_ns)
        while waiting and waiting[0][0] <= processed_ns:
            at_ns, message = waiting.pop(0)
            playout.receive(message, at_ns)
        frame, seen = playout.tick(k * TURN)
        frames.append(frame)
        notes.append(seen)
    return frames, notes


@given(ARRIVALS, st.lists(st.integers(0, 400 * MS), min_size=60, max_size=60))
def test_what_is_heard_hangs_on_arrivals_alone_and_never_on_our_lateness(gaps, lateness):
    """So `heard` can be computed again from the recorded frames."""
    at_ns, arrivals = 0, []
    for gap_ns, message in gaps:
        at_ns += gap_ns
        arrivals.append((at_ns, message))
    recorded = run(arrivals, [0] * 60)
    assert run(arrivals, lateness) == recorded
    playout = Playout(L16)
    for arrived_ns, message in arrivals:
        playout.receive(message, arrived_ns)
    again = [playout.tick(k * TURN) for k in range(60)]
    assert ([frame for frame, _ in again], [seen for _, seen in again]) == recorded


@given(ARRIVALS)
def test_no_sample_is_invented_lost_or_heard_twice(gaps):
    """What was said is heard or cleared, in order."""
    ear, at_ns, said = Ear(), 0, 0
    for gap_ns, message in gaps:
        at_ns += gap_ns
        ear.playout.receive(message, at_ns)
        said += len(L16.decode(message.payload)) if isinstance(message, Media) else 0
    ear.listen(at_ns // TURN + 25 * 900 // 160 + 30)
    marks = [message.name for _, message in gaps if isinstance(message, Mark)]
    assert [name for _, name in ear.marks()] == marks
    if not any(isinstance(message, Clear) for _, message in gaps):
        spoken = [sample for _, one in gaps if isinstance(one, Media) for sample in L16.decode(one.payload) if sample]
        assert [sample for sample in ear.heard if sample] == spoken
    assert ear.playout.is_idle
