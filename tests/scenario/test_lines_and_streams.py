"""What the network and the WebSocket do to a call: lines and streams (docs/scenario-language.md 3.5)."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scenario_files import SECOND, messages, mistake_in_step, one, refused, script

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.line import APPLICATION, FAR_END, Way, expanded, toward
from telnyx_simulator.media.impairments.sound import Moment
from telnyx_simulator.media.sounds import load_clip
from telnyx_simulator.media.treatment import StreamTreatment
from telnyx_simulator.scenario.lines import IMPAIRMENTS
from telnyx_simulator.scenario.streams import StreamForm

BOTH = {"toward": "both"}


def argument(folder: Path, step: str) -> Any:
    (found,) = script(folder, step)
    return found.argument


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("clean", {"pstn": [{"kind": "clean"} | BOTH]}),
        ("cut", {"pstn": [{"kind": "cut"} | BOTH]}),
        ("{websocket: cut}", {"websocket": [{"kind": "cut"} | BOTH]}),
        ("{websocket: [cut]}", {"websocket": [{"kind": "cut"} | BOTH]}),
        ("{pstn: {cut: true, toward: far_end}}", {"pstn": [{"kind": "cut", "toward": "far_end"}]}),
        (
            "{pstn: clean, websocket: {cut: true}}",
            {"pstn": [{"kind": "clean"} | BOTH], "websocket": [{"kind": "cut"} | BOTH]},
        ),
    ],
)
def test_a_line_is_planes_with_impairments_in_order(line: str, found: object, tmp_path: Path) -> None:
    assert argument(tmp_path, f"line: {line}") == found
    (person,) = one(tmp_path, f"call: {{direction: incoming, line: {line}}}").people
    assert person.line == found


def _toward(kind: str, toward: str = "both", **parameters: Any) -> dict[str, Any]:
    return {"kind": kind, "toward": toward} | parameters


MS = SECOND // 1000
GRAMMAR: dict[str, Any] = {
    "mobile": {"pstn": [_toward("mobile")]},
    "{pstn: storm}": {"pstn": [_toward("storm")]},
    "{websocket: thin}": {"websocket": [_toward("thin")]},
    "{pstn: {loss: 3%, burst: 2, toward: application}}": {
        "pstn": [_toward("loss", "application", ratio=0.03, burst_frames=2.0)]
    },
    "{pstn: {loss: 5%, burst: 20, density: 50%, isolated: 1%}}": {
        "pstn": [_toward("loss", ratio=0.05, burst_frames=20.0, density=0.5, isolated=0.01)]
    },
    '{pstn: {loss_pattern: "00101"}}': {"pstn": [_toward("loss_pattern", pattern="00101")]},
    "{pstn: {jitter: 20ms, shape: normal}}": {"pstn": [_toward("jitter", jitter_ns=20 * MS, shape="normal")]},
    "{pstn: {jitter: 20ms, correlation: 50%}}": {"pstn": [_toward("jitter", jitter_ns=20 * MS, correlation=0.5)]},
    "{pstn: {spike: 200ms, share: 0.2%}}": {"pstn": [_toward("spike", spike_ns=200 * MS, share=0.002)]},
    "{pstn: {delay: 100ms}}": {"pstn": [_toward("delay", delay_ns=100 * MS)]},
    "{pstn: {reorder: 2%}}": {"pstn": [_toward("reorder", ratio=0.02)]},
    "{pstn: {duplicate: 1%}}": {"pstn": [_toward("duplicate", ratio=0.01)]},
    "{pstn: {skew: -50 ppm}}": {"pstn": [_toward("skew", ppm=-50.0)]},
    "{pstn: {noise: ./street.wav, snr: 15 dB}}": {"pstn": [_toward("noise", clip="./street.wav", snr_db=15.0)]},
    "{pstn: {comfort_noise: -60 dBFS}}": {"pstn": [_toward("comfort_noise", level_dbfs=-60.0)]},
    "{pstn: {dial_tone: 500ms}}": {"pstn": [_toward("dial_tone", lasts_ns=500 * MS)]},
    "{pstn: {echo: 120ms, level: -20 dB}}": {"pstn": [_toward("echo", delay_ns=120 * MS, level_db=-20.0)]},
    "{pstn: {gain: -10 dB}}": {"pstn": [_toward("gain", gain_db=-10.0)]},
    "{pstn: {clip: -6 dBFS}}": {"pstn": [_toward("clip", level_dbfs=-6.0)]},
    "{pstn: dtx}": {"pstn": [_toward("dtx")]},
    "{pstn: {dtx: true, fill: -60 dBFS, toward: far_end}}": {"pstn": [_toward("dtx", "far_end", fill_dbfs=-60.0)]},
    "{websocket: {stall: 400ms, every: 5s}}": {"websocket": [_toward("stall", stall_ns=400 * MS, every_ns=5 * SECOND)]},
    "{websocket: {bandwidth: 64 kbit/s}}": {"websocket": [_toward("bandwidth", kbit_per_s=64.0)]},
    "{websocket: {slow_reader: 8 kbit/s}}": {"websocket": [_toward("slow_reader", kbit_per_s=8.0)]},
    "{websocket: {late_accept: 2s}}": {"websocket": [_toward("late_accept", late_ns=2 * SECOND)]},
    "{websocket: half_open}": {"websocket": [_toward("half_open")]},
    "{pstn: [good, {loss: 3%}, {gain: 2 dB}]}": {
        "pstn": [_toward("good"), _toward("loss", ratio=0.03), _toward("gain", gain_db=2.0)]
    },
}


@pytest.mark.parametrize(("line", "found"), GRAMMAR.items())
def test_all_of_the_grammar_is_read_in_the_units_of_a_run(line: str, found: object, tmp_path: Path) -> None:
    assert argument(tmp_path, f"line: {line}") == found


def test_nothing_of_the_grammar_is_forgotten_here() -> None:
    read = {one["kind"] for planes in GRAMMAR.values() for plane in planes.values() for one in plane}
    assert read >= {kind for kinds in IMPAIRMENTS.values() for kind in kinds} - {"cut"}


def test_whatever_can_be_said_of_a_line_can_be_made(tmp_path: Path) -> None:
    """Every impairment and every preset, toward either end."""
    sounds = {"./street.wav": load_clip("tone/beep")[0]}
    for planes in GRAMMAR.values():
        for end in (APPLICATION, FAR_END):
            mine = toward(end, expanded(planes.get("pstn", []), "pstn"))
            way = Way(mine, end, from_tick=0, draws=Draws(1), sounds=sounds)
            if way.moves_frames:
                assert len(way.fate(0)) == 3
            moment = Moment(tick=0, rate_hz=8000, back=np.zeros(160))
            altered = way.altered(np.ones(160) * 10_000, moment)
            assert altered is not None
            assert len(altered) == 160


LINES = {
    "{}": "a line has the planes 'pstn' and 'websocket', one of them at least",
    "[mobile]": "a line is a preset such as 'mobile', or a mapping: {websocket: cut}",
    "moblie": "unknown impairment 'moblie'; did you mean 'mobile'? (clean, good, mobile, bad, storm, loss, ",
    "stalls": "'stalls' is of the other plane: {websocket: stalls}",
    "{pnst: mobile}": "unknown plane 'pnst'; did you mean 'pstn'? (pstn, websocket)",
    "{loss: 3%}": "'loss' needs its plane before it: {pstn: {loss: 3%}}",
    "{half_open: true}": "'half_open' needs its plane before it: {websocket: half_open}",
    "{pstn: }": "a preset or an impairment is expected here (clean, good, ",
    "{pstn: []}": "the list under 'pstn' is empty",
    "{pstn: loss}": "how much loss? {loss: 3%}",
    "{pstn: {loss: 3}}": "a ratio is a percentage: 3%",
    "{pstn: {loss: 3%, brust: 2}}": "loss knows no 'brust'; did you mean 'burst'? (toward, loss, burst, density, ",
    "{pstn: {loss: 3%, burst: 0}}": "a number from 1 to 1000 is expected here, found 0",
    "{pstn: {loss: 3%, jitter: 20ms}}": "one impairment at a time, found 'loss' and 'jitter'; make them a list",
    "{pstn: {loss: 50%, burst: 8, density: 40%}}": "bursts that lose 40% of their frames cannot come to a loss of 50%",
    "{pstn: {loss: 5%, density: 30%}}": "'density' and 'isolated' are of bursts; say how long they are: burst: 8",
    "{pstn: {loss_pattern: 0102}}": "'0102' is no pattern of losses; write it in quotes",
    "{pstn: {jitter: 20ms, correlation: 100%}}": "a correlation is less than 100%",
    "{websocket: {stall: 2s, every: 1s}}": "a stall that comes again before it is over is a cut line",
    "{websocket: {bandwidth: 0 kbit/s}}": "through 0 kbit/s nothing gets; that is `cut`",
    "{pstn: {lsos: 3%}}": "unknown impairment 'lsos'; did you mean 'loss'?",
    "{pstn: {toward: far_end}}": "an impairment is expected here (loss, loss_pattern, jitter, ",
    "{pstn: {mobile: true}}": "'mobile' is a preset; it stands as a word, without parameters",
    "{pstn: {cut: false}}": "true is expected here, found false; without 'toward' the word alone will do",
    "{pstn: {cut: true, toward: me}}": "unknown direction 'me' (application, far_end, both)",
    "{pstn: {noise: ./street.wav}}": "noise needs 'snr'",
    "{pstn: {jitter: 20ms, shape: bell}}": "unknown distribution 'bell' (uniform, normal, pareto)",
    "{pstn: {skew: 50}}": "a skew needs its unit: 50 ppm",
    "{pstn: {stall: 1s}}": "'stall' is of the other plane: {websocket: {stall: 400ms}}",
    "{websocket: mobile}": "'mobile' is of the other plane: {pstn: mobile}",
    "{websocket: {bandwidth: 64}}": "a bandwidth needs its unit: 64 kbit/s",
    "{websocket: {cut: true, toward: far_end}}": "a WebSocket has one connection for both directions; leave 'toward'",
}


@pytest.mark.parametrize(("line", "sentence"), LINES.items())
def test_a_mistake_in_a_line_is_one_complaint(line: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in mistake_in_step(tmp_path, f"line: {line}")


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        ("{stream_codec: L16/16000/be}", {"stream_codec": "L16/16000/be"}),
        ("{stream_codec: L16/8000, announces: L16/16000}", {"stream_codec": "L16/8000", "announces": "L16/16000"}),
        ("{return_codec: PCMA/8000}", {"return_codec": "PCMA"}),
        ("{open_delay: 2s, start_delay: 500ms}", {"open_delay_ns": 2 * SECOND, "start_delay_ns": SECOND // 2}),
        ("{before_start: [{event: hello}, media]}", {"before_start": [{"event": "hello"}, "media"]}),
        ("{skip: [media, stop]}", {"skip": ["media", "stop"]}),
        ("{fail: connection_failed}", {"fail": "connection_failed"}),
        ("{token: none}", {"token": "none"}),
    ],
)
def test_a_stream_departs_from_the_truth_as_it_says(stream: str, found: object, tmp_path: Path) -> None:
    (person,) = one(tmp_path, f"call: {{direction: incoming, stream: {stream}}}").people
    assert person.stream == found
    assert StreamTreatment.from_json(person.stream)


def test_a_calls_stream_has_the_fields_of_its_treatment() -> None:
    assert list(StreamForm.model_fields) == [field.name for field in dataclasses.fields(StreamTreatment)]


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        ("{send: media}", {"send": "media"}),
        ("{send: {event: hello, n: 1}}", {"send": {"event": "hello", "n": 1}}),
        ("{send: {text: '{\"event\"'}}", {"send": {"text": '{"event"'}}),
        ("{send: {binary: aGVsbG8=}}", {"send": {"binary": "aGVsbG8="}}),
        ("{error: 100005}", {"error": 100005}),
        ("{close: 1006}", {"close": 1006}),
        ("{close: 4400}", {"close": 4400}),
        ("{open: again}", {"open": "again", "token": "own"}),
        ("{open: again, token: none}", {"open": "again", "token": "none"}),
    ],
)
def test_a_stream_step_does_one_thing(stream: str, found: object, tmp_path: Path) -> None:
    assert argument(tmp_path, f"stream: {stream}") == found


STREAMS = {
    "media": "a stream is a mapping, such as {announces: L16/16000}",
    "{}": "a stream is a mapping",
    "{announce: PCMU}": "a stream knows no 'announce'; did you mean 'announces'?",
    "{announces: L16/16000/be}": "`start` tells no byte order: write L16/16000",
    "{stream_codec: alaw}": "unknown codec 'alaw'; did you mean 'PCMA'?",
    "{open_delay: 2}": "a duration needs its unit: 2s or 2ms?",
    "{before_start: media}": "a list of messages is expected here, found 'media'",
    "{before_start: [medai]}": "unknown message 'medai'; did you mean 'media'? (media, stop, start, dtmf)",
    "{skip: [speech]}": "unknown message 'speech' (connected, start, media, dtmf, mark, stop)",
    "{fail: busy}": "unknown failure 'busy' (connection_failed)",
    "{token: stolen}": "unknown token 'stolen' (own, none, wrong)",
    "{send: stop}": "'send' happens at a moment: make it a step, `- stream: {send: ...}`",
}


@pytest.mark.parametrize(("stream", "sentence"), STREAMS.items())
def test_a_mistake_in_a_calls_stream_is_one_complaint(stream: str, sentence: str, tmp_path: Path) -> None:
    (complaint,) = refused(tmp_path, f"call: {{direction: incoming, stream: {stream}}}\nscript: [dial]\n").complaints
    assert sentence in complaint.message


STEPS = {
    "stop": "stream takes a mapping, such as {send: stop}",
    "{}": "stream does one thing (send, error, close, open)",
    "{send: stop, close: 1000}": "stream does one thing, found 'send' and 'close'; make each a step",
    "{send: bye}": "unknown message 'bye' (media, stop, start, dtmf)",
    "{send: 7}": "a message is expected here (media, stop, start, dtmf, or a mapping), found 7",
    "{send: {binary: '%'}}": "'%' is not base64; write it as in 'aGVsbG8='",
    "{send: {text: 7}}": "text is expected here, found 7; quote it",
    "{error: 100001}": "100001 is no error of a stream (100002 unknown_error, 100003 malformed_frame, ",
    "{close: 1015}": "1015 closes no WebSocket; write 1000, 1006 (without a word), 1011 or 4000",
    "{close: normal}": "'normal' closes no WebSocket",
    "{open: twice}": "unknown way to open 'twice' (again)",
    "{send: stop, token: none}": "'token' belongs to {open: again}",
    "{skip: [media]}": "'skip' holds from the start: write it under the call's `stream:`",
    "{sned: stop}": "stream knows no 'sned'; did you mean 'send'? (send, error, close, open, token)",
}


@pytest.mark.parametrize(("stream", "sentence"), STEPS.items())
def test_a_mistake_in_a_stream_step_is_one_complaint(stream: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in mistake_in_step(tmp_path, f"stream: {stream}")


def test_the_network_of_several_needs_a_name(tmp_path: Path) -> None:
    text = "calls: {A: incoming, B: incoming}\nscript: [line: {websocket: cut}, A: {stream: {close: 1000}}]\n"
    assert messages(tmp_path, text) == ["2:10: who does it? 'line' needs a name before it (A, B)"]
