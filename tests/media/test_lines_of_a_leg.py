"""A leg whose line is impaired: what its application is sent, what its person hears."""

import base64
import json

import numpy as np
import pytest

from telnyx_simulator.audio.codecs import PCMU
from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.fates import Fates
from telnyx_simulator.media.impairments.line import APPLICATION, FAR_END, Way, expanded, toward
from telnyx_simulator.media.impairments.pipe import Pipe, Stall
from telnyx_simulator.media.impairments.recorded import PlanOf, RecordingError, legs_of
from telnyx_simulator.media.leg_media import LegMedia

MS = 1_000_000
S = 1000 * MS


def way(end, *impairments, from_tick=0, recorded=None):
    return Way(impairments, end, from_tick=from_tick, draws=Draws(3), sounds={}, recorded=recorded)


def opened(end=None, *impairments, track="inbound_track"):
    leg = LegMedia("PCMU", 0)
    leg.open_stream("id", sent_codec="PCMU", returned_codec="PCMU", track=track, is_heard=True)
    leg.start_stream({})
    if end:
        leg.set_line(end, way(end, *impairments))
    return leg


def arrivals(leg, ticks=200):
    """(moment in us, chunk, timestamp, sequence number) of each media message, in the order of arrival."""
    found = []
    for k in range(ticks):
        tick = leg.tick()
        come = [(k * 20_000, one) for one in tick.messages]
        come += [(k * 20_000 + late, one) for late, one, _ in tick.late]
        found += [(at, json.loads(one)) for at, one in come]
    media = sorted(((at, one) for at, one in found if one["event"] == "media"), key=lambda one: one[0])
    return [
        (at, int(one["media"]["chunk"]), int(one["media"]["timestamp"]), int(one["sequence_number"]))
        for at, one in media
    ]


def test_a_lost_frame_leaves_a_gap_in_chunks_and_timestamps_and_none_in_sequence_numbers():
    found = arrivals(opened(APPLICATION, {"kind": "loss_pattern", "pattern": "0010"}), ticks=8)
    assert [chunk for _, chunk, _, _ in found] == [1, 2, 4, 5, 6, 8]
    assert [timestamp for _, _, timestamp, _ in found] == [0, 20, 60, 80, 100, 140]
    assert np.diff([number for *_, number in found]).tolist() == [1] * 5


def test_a_late_frame_keeps_its_numbers():
    found = arrivals(opened(APPLICATION, {"kind": "reorder", "ratio": 0.2}))
    chunks = [chunk for _, chunk, _, _ in found]
    assert sorted(chunks) == list(range(1, 201))
    assert chunks != sorted(chunks)
    assert all(timestamp == (chunk - 1) * 20 for _, chunk, timestamp, _ in found)
    assert sorted(range(200), key=lambda n: found[n][3]) == sorted(range(200), key=lambda n: found[n][1])


def test_a_copy_has_the_chunk_of_its_frame_and_a_sequence_number_of_its_own():
    found = arrivals(opened(APPLICATION, {"kind": "duplicate", "ratio": 0.3}))
    chunks = [chunk for _, chunk, _, _ in found]
    assert len(chunks) > 220
    assert set(chunks) == set(range(1, 201))
    assert len({number for *_, number in found}) == len(found)


def test_the_trace_keeps_what_is_sent_and_a_clean_line_makes_nothing_late():
    tick = opened().tick()
    assert (tick.sent_at, tick.late, tick.played) == (0, [], None)
    late = opened(APPLICATION, {"kind": "delay", "delay_ns": 30 * MS}).tick()
    assert (late.sent, late.messages) == (None, [])
    [(by_us, _, payload)] = late.late
    assert (by_us, payload) == (30_000, PCMU.silence_frame)


def said_back(leg, ticks=60):
    """20 ms frames of their own level, from tick 3 on (the ear's buffer): what is heard of them, by their number."""
    payload = b"".join(PCMU.encode(np.full(160, 100 * (n + 1), np.int16)) for n in range(ticks))
    leg.receive(json.dumps({"event": "media", "media": {"payload": base64.b64encode(payload).decode()}}).encode(), 0)
    heard = [leg.tick() for _ in range(ticks)]
    levels = [np.frombuffer(tick.heard, "<i2")[0] if tick.heard else 0 for tick in heard]
    played = [np.frombuffer(tick.played, "<i2")[0] if tick.played else 0 for tick in heard]
    return levels, played


def test_what_is_lost_toward_the_person_is_silence_and_what_was_played_is_kept():
    clean, _ = said_back(opened())
    lost, played = said_back(opened(FAR_END, {"kind": "loss_pattern", "pattern": "00001"}))
    assert played == clean
    assert [level for n, level in enumerate(lost) if n % 5 != 4] == [
        level for n, level in enumerate(clean) if n % 5 != 4
    ]
    assert not any(lost[4::5])


def test_a_delay_toward_the_person_shifts_what_they_hear():
    clean, _ = said_back(opened())
    late, _ = said_back(opened(FAR_END, {"kind": "delay", "delay_ns": 100 * MS}))
    assert late[5:] == clean[:-5]


def test_a_phone_puts_frames_in_order_and_waits_for_nearly_all_of_them():
    clean, _ = said_back(opened())
    jittered, _ = said_back(opened(FAR_END, {"kind": "reorder", "ratio": 0.2}, {"kind": "duplicate", "ratio": 0.2}))
    assert jittered[2:] == clean[:-2], "two frames later, and nothing else"


def test_presets_are_written_out_and_each_end_gets_its_own():
    whole = expanded(
        [{"kind": "mobile", "toward": FAR_END}, {"kind": "gain", "gain_db": 2.0, "toward": "both"}], "pstn"
    )
    assert [one["kind"] for one in whole] == ["loss", "jitter", "gain"]
    assert [one["kind"] for one in toward(APPLICATION, whole)] == ["gain"]
    assert [one["kind"] for one in toward(FAR_END, whole)] == ["loss", "jitter", "gain"]


def test_a_line_set_in_mid_call_begins_there():
    one = way(APPLICATION, {"kind": "cut"}, from_tick=77)
    assert one.fate(77)[0]
    assert one.news[0].first == 77


def test_a_recorded_plan_is_had_again_frame_by_frame_and_nothing_happens_beyond_it():
    first = way(APPLICATION, {"kind": "loss", "ratio": 0.1}, {"kind": "jitter", "jitter_ns": 20 * MS}, from_tick=10)
    for tick in range(10, 600):
        first.fate(tick)
    read = PlanOf([Fates.from_json(one.to_json()) for one in first.news])
    again = way(APPLICATION, {"kind": "loss", "ratio": 0.9}, from_tick=10, recorded=read)
    for tick in range(10, 600):
        again.fate(tick)
    assert [one.to_json() for one in again.news] == [one.to_json() for one in first.news]
    assert again.fate(5000) == (False, 0, -1)


@pytest.mark.parametrize(
    "recording",
    [
        None,
        {"legs": []},
        {"schema": 2, "legs": []},
        {"schema": 1, "legs": [{}]},
        {"schema": 1, "legs": [{"person": "A", "number": 0, "settings": [{"plane": "pstn"}], "plans": []}]},
        {"schema": 1, "legs": 7},
    ],
)
def test_what_is_no_recording_is_refused(recording):
    with pytest.raises(RecordingError):
        legs_of(recording)


# --- The WebSocket's plane --------------------------------------------------------------------------------------------


def test_a_stall_holds_everything_up_and_then_lets_it_go_at_one_time():
    pipe = Pipe(stalls=(Stall(begins_ns=100 * MS, stall_ns=400 * MS),))
    assert [pipe.through_ns(n * 100 * MS, 300) // MS for n in range(7)] == [0, 500, 500, 500, 500, 500, 600]


def test_a_stall_comes_again():
    pipe = Pipe(stalls=(Stall(begins_ns=5 * S, stall_ns=400 * MS, every_ns=5 * S),))
    assert pipe.through_ns(4 * S, 1) == 4 * S
    assert pipe.through_ns(5 * S + 1, 1) == 5 * S + 400 * MS
    assert pipe.through_ns(10 * S + 399 * MS, 1) == 10 * S + 400 * MS
    assert pipe.through_ns(11 * S, 1) == 11 * S


def test_a_bandwidth_passes_octets_one_after_another():
    pipe = Pipe(kbit_per_s=64.0)
    assert [pipe.through_ns(0, 800) // MS for _ in range(3)] == [100, 200, 300]
    assert pipe.through_ns(S, 8) == S + MS
