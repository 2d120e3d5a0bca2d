"""What the author of a profile reads when it has a mistake: the place, a caret, and what to write instead."""

import wave
from pathlib import Path

import pytest

from telnyx_simulator.scenario.complaints import ScenarioError
from telnyx_simulator.scenario.profiles import load_profile
from telnyx_simulator.sut.profile import Profile

RUNS = "url: http://127.0.0.1:8000\nwebhook_url: /hook\n"


def loaded(folder: Path, text: str) -> Profile:
    (folder / "sut.yaml").write_text(text)
    return load_profile(folder / "sut.yaml")


def messages(folder: Path, text: str) -> list[str]:
    """`line:column: message` of each complaint, or none."""
    try:
        loaded(folder, text)
    except ScenarioError as error:
        return [f"{one.place.line}:{one.place.column}: {one.message}" for one in error.complaints]
    return []


# What stands in line 3, and where in it is the mistake.
LINES = {
    # keys
    "nmae: x": "1: a profile knows no 'nmae'; did you mean 'name'?",
    "folder: x": "1: a profile knows no 'folder'",
    "name:": "1: 'name' has no value",
    "name: 7": "7: text is expected here, found 7; if it is text, quote it",
    "name: [a]": "7: text is expected here, found a list; if it is text, quote it",
    "ask: [a]": "6: a mapping is expected here, found a list",
    "does: marks": "7: a list is expected here, found 'marks'",
    "audio: loopback": "8: a mapping is expected here, found 'loopback'",
    "codecs: []": "9: 'codecs' is empty",
    # closed lists
    "does: [recordng]": "8: unknown ability 'recordng'; did you mean 'recording'? "
    "(barge_in, conference, greeting, machine_detection, marks, queue, recording, transcription)",
    "does: [marks, 7]": "15: unknown ability '7' "
    "(barge_in, conference, greeting, machine_detection, marks, queue, recording, transcription)",
    "codecs: [PCMU, alaw]": "16: unknown codec 'alaw'; did you mean 'PCMA'? (PCMU, PCMA, G722, OPUS, AMR-WB, L16)",
    "codecs: [L16/16000]": "10: a codec stands here without its rate: L16",
    "redirect: node-shim": "11: a shim goes into processes that we start: write `start:` for `url:`, or start it by "
    "`telnyx-sim exec`",
    "redirect: envy": "11: unknown redirect 'envy'; did you mean 'env'? (env, python-shim, node-shim, none)",
    "audio: {observe: loop}": "18: unknown way to observe 'loop'; did you mean 'loopback'? "
    "(loopback, play, tap, python, none)",
    # the number
    "number: +12025550100": '9: a phone number must be quoted text: "+12025550100"',
    "number: 12025550100": '9: a phone number in quotes, such as "+12025550100", is expected here, found 12025550100',
    'number: "020 7946"': "9: a phone number in quotes, such as \"+12025550100\", is expected here, found '020 7946'",
    # the environment
    "env: {A B: x}": "7: this cannot be the name of an environment variable",
    "env: {A: [x]}": "10: text is expected here, found a list; if it is text, quote it",
    "env: {A: '{prot}'}": "10: unknown word '{prot}'; did you mean '{port}'? "
    "({port}, {api_v2}, {api_key}, {public_key}, {probe}, {connection_id})",
    "env: {A: '{to}'}": "10: '{to}' has no value here "
    "({port}, {api_v2}, {api_key}, {public_key}, {probe}, {connection_id})",
    "env: {A: '{probe}'}": "10: nothing looks at what is posted there: add `status: {probe: /status}`",
    # URLs
    "failover_url: hook": "15: a URL is expected here: /on/the/application, or http://127.0.0.1:8000/elsewhere",
    "failover_url: ftp://127.0.0.1/x": "15: a URL is expected here: /on/the/application, or "
    "http://127.0.0.1:8000/elsewhere",
    "failover_url: http://127.0.0.1:{connection_id}/": "15: '{connection_id}' has no value here "
    "({port}, {api_v2}, {api_key}, {public_key}, {probe})",
    "failover_url: https://agent.example.com/x": "15: agent.example.com is not this machine; add a rewrite line: "
    'rewrite: {"https://agent.example.com": "http://127.0.0.1:{port}"}',
    "rewrite: {agent.example.com: 'ws://127.0.0.1:{port}'}": "11: the beginning of a public URL is expected here, "
    "such as wss://agent.example.com",
    "rewrite: {'wss://a.example.com': 'ws://b.example.com'}": "34: the beginning of a URL of this machine is expected "
    "here, such as ws://127.0.0.1:{port}",
    "rewrite: {'wss://a.example.com': 'ws://127.0.0.1:{to}'}": "34: '{to}' has no value here "
    "({port}, {api_v2}, {api_key})",
    # asks
    "ask: {a: {}}": "10: an ask needs 'url', 'command' or 'python'",
    "ask: {a: {ulr: /x}}": "11: an ask knows no 'ulr'; did you mean 'url'? "
    "(method, url, json, headers, take, command, python)",
    "ask: {a: {url: /x, command: x}}": "20: an ask has one of 'url', 'command' and 'python', found 'url' and 'command'",
    "ask: {9a: {url: /x}}": "7: a name has letters, digits, '_' and '-', and begins with a letter",
    "ask: {a: {url: /x, method: PSOT}}": "28: unknown method 'PSOT'; did you mean 'POST'? "
    "(GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS)",
    "ask: {a: {url: /x, method: post}}": "28: unknown method 'post'; did you mean 'POST'? "
    "(GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS)",
    "ask: {a: {url: 'https://api.example.com/x'}}": "16: api.example.com is not this machine, and the simulator talks "
    "to loopback only",
    "ask: {a: {url: /x, json: {to: ['{too}']}}}": "32: unknown word '{too}'; did you mean '{to}'?",
    "ask: {a: {url: '/x/{taken}'}}": "16: nothing is ever taken: add `take: /data/id` to the ask whose reply has it",
    "ask: {a: {url: /x, take: id}}": "26: a JSON pointer begins with '/', as in /data/id; '~0' in it is '~', "
    "'~1' is '/'",
    "ask: {a: {url: /x, take: 7}}": "26: a JSON pointer is expected here, found 7",
    "ask: {a: {url: /x, headers: {'a b': x}}}": "30: this cannot be the name of an HTTP header",
    "ask: {a: {url: /x, headers: {A: ü}}}": "33: an HTTP header holds printable ASCII only",
    'ask: {a: {command: "x \'y"}}': "20: not a command line: no closing quotation",
    "ask: {a: {command: x, take: /id}}": "23: 'take' is for an ask by HTTP: it stands beside 'url'",
    "ask: {a: {python: my_module}}": "19: a function is written module:function, as in my_module:place_call",
    "ask: {a: {python: 'no_such_module:f'}}": "19: no module 'no_such_module' beside the profile, in this folder, or "
    "installed",
    "ask: {a: {python: 'email.no_such:f'}}": "19: no module 'email.no_such' beside the profile, in this folder, or "
    "installed",
    # status
    "status: {}": "9: status needs 'poll', 'probe' or 'python'",
    "status: {poll: {url: /x}}": "16: poll needs 'pointer'",
    "status: {poll: {url: /x, pointr: /y}}": "26: poll knows no 'pointr'; did you mean 'pointer'? "
    "(url, pointer, every)",
    "status: {poll: {url: /x, pointer: /y, every: 1ms}}": "46: too often: every 10ms at most",
    "status: {poll: {url: /x, pointer: /y, every: 1}}": "46: a duration needs its unit: 1s or 1ms?",
    "status: {poll: {url: /x, pointer: /y}, probe: /z}": "40: status has one of 'poll', 'probe' and 'python', found "
    "'poll' and 'probe'",
    "status: {probe: status}": "17: a JSON pointer begins with '/', as in /data/id; '~0' in it is '~', '~1' is '/'",
    "status_map: {bussy: x}": "14: unknown state or hangup cause 'bussy'",
    "status_map: {busy: x}": "14: unknown state or hangup cause 'busy'; did you mean 'user_busy'?",
    "status_map: {user_busy/outgoin: x}": "14: unknown direction 'outgoin'; did you mean 'outgoing'? "
    "(incoming, outgoing, answered, unanswered)",
    "status_map: {user_busy/answered/outgoing: x}": "14: a key is a cause, then its direction, then 'answered' or "
    "'unanswered', and nothing more",
    "status_map: {ringing/answered: x}": "14: unknown direction 'answered' (incoming, outgoing)",
    "status_map: {user_busy: []}": "25: a word, or a list of words, is expected here, found none",
    "status_map: {user_busy: [busy, {}]}": "32: text is expected here, found a mapping; if it is text, quote it",
    "status_map: {user_busy: }": "14: 'user_busy' has no value",
    # audio
    "audio: {observe: tap}": "18: where is it? add `tap: {path: rx.wav}`, or a url",
    "audio: {observe: tap, tpa: {path: rx.wav}}": "23: audio knows no 'tpa'; did you mean 'tap'? "
    "(observe, tap, python, clips)",
    "audio: {observe: none, tap: {path: rx.wav}}": "18: a tap is given: leave out `observe: none`, or the tap",
    "audio: {observe: python}": "18: which function decodes? add `python: module:function`",
    "audio: {observe: python, pyhton: a:b}": "26: audio knows no 'pyhton'; did you mean 'python'? "
    "(observe, tap, python, clips)",
    "audio: {observe: none, python: sut:decoded}": "18: a decoder is given: leave out `observe: none`, or `python`",
    "audio: {observe: play}": "18: it can be judged by clips that are known: add `clips: {greeting: greeting.wav}`",
    "audio: {tap: {codec: PCMU}}": "14: tap needs 'path' or 'url'",
    "audio: {tap: {path: a, url: /b}}": "24: tap has one of 'path' and 'url', found 'path' and 'url'",
    "audio: {tap: {path: a, codec: L16/16}}": "31: L16 is written L16/rate/le or L16/rate/be, rate one of "
    "8000, 16000, 22050, 24000, 48000",
    "audio: {tap: {path: a, codec: PCMU/16000}}": "31: PCMU has 8000 Hz and no byte order",
    "audio: {clips: {a: none.wav}}": "20: no such file: {folder}/none.wav",
    "audio: {clips: {a: text.wav}}": "20: text.wav cannot be read as a PCM WAV file: file does not start with RIFF id",
    "audio: {clips: {a b: good.wav}}": "17: the name of a clip has letters, digits, '_' and '-': "
    "scenarios say app/NAME",
    # not built yet
    "asgi: a:b": "1: not built yet: 'asgi' (key of a profile)",
    "audio: {tap: {path: a, codec: OPUS}}": "31: a file of OPUS does not tell where its packets end; write WAV, or "
    "bare samples as L16/8000",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "text.wav").write_text("no sound")
    with wave.open(str(tmp_path / "good.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(320))
    return tmp_path


@pytest.mark.parametrize(("line", "message"), LINES.items())
def test_a_mistake_in_a_line_is_said_once_at_its_place(line: str, message: str, folder: Path) -> None:
    message = message.replace("{folder}", str(folder))
    assert messages(folder, f"{RUNS}{line}\n") == [f"3:{message}"]


FILES = {
    "webhook_url: /hook\n": "1:1: a profile needs 'start', 'url' or 'provider'",
    "strat: {command: x}\nwebhook_url: /hook\n": "1:1: a profile knows no 'strat'; did you mean 'start'?",
    "url: http://127.0.0.1:8000\n": "1:1: a profile needs 'webhook_url'",
    "url: http://127.0.0.1:8000\nwebhook_urls: /x\n": "2:1: a profile knows no 'webhook_urls'; "
    "did you mean 'webhook_url'?",
    f"{RUNS}start: {{command: x}}\n": "1:1: a profile has one of 'start', 'url' and 'provider', "
    "found 'start' and 'url'",
    "url: http://10.0.0.1:8000\nwebhook_url: /x\n": "1:6: the URL of an application on this machine is expected here, "
    "such as http://127.0.0.1:8000",
    "url: 127.0.0.1:8000\nwebhook_url: /x\n": "1:6: the URL of an application on this machine is expected here, "
    "such as http://127.0.0.1:8000",
    "start: {}\nwebhook_url: /x\n": "1:8: start needs 'command'",
    "start: python app.py\nwebhook_url: /x\n": "1:8: a mapping is expected here, found 'python app.py'",
    "start: {command: x, timeout: 5}\nwebhook_url: /x\n": "1:30: a duration needs its unit: 5s or 5ms?",
    "start: {command: x, timeout: 0s}\nwebhook_url: /x\n": "1:30: a duration of nothing shows nothing; "
    "write 250ms, 1.5s or 10m",
    "start: {command: x, restart: always}\nwebhook_url: /x\n": "1:30: unknown restart 'always' (never, each_run)",
    "start: {command: x, folder: nowhere}\nwebhook_url: /x\n": "1:29: no such folder: {folder}/nowhere",
    "start: {command: 'x {call_control_id}'}\nwebhook_url: /x\n": "1:18: '{call_control_id}' has no value here "
    "({port}, {api_v2}, {api_key}, {public_key}, {probe}, {connection_id})",
    "- start\n": "1:1: a profile is a mapping: it begins with keys such as `start:` and `webhook_url:`",
    "": "1:1: the file is empty",
}


@pytest.mark.parametrize(("text", "message"), FILES.items())
def test_a_mistake_in_a_file_is_said_once_at_its_place(text: str, message: str, folder: Path) -> None:
    assert messages(folder, text) == [message.replace("{folder}", str(folder))]


def test_a_caret_stands_under_the_mistake(folder: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        loaded(folder, f"{RUNS}does: [marks, recordng]\n")
    headline, source, caret = str(caught.value).splitlines()
    assert headline.startswith(f"{folder}/sut.yaml:3:15: unknown ability")
    assert source == "    3 | does: [marks, recordng]"
    assert caret == "      |               ^^^^^^^^"


def test_all_mistakes_of_a_profile_are_said_at_once_in_the_order_of_the_file(folder: Path) -> None:
    text = (
        "start: {command: x, ready: 7}\nwebhook_url: hook\nstatus: {poll: {url: /x, pointer: y}}\n"
        "ask: {a: {url: /x, json: {a: '{b}', c: '{d}'}}}\ndoes: [x, y]\n"
    )
    assert [message.partition(": ")[0] for message in messages(folder, text)] == [
        "1:28",
        "2:14",
        "3:35",
        "4:30",
        "4:40",
        "5:8",
        "5:11",
    ]


RIGHT = {
    "env: {PORT: 8000, YES: no, VERSION: 1.50}": {"env": {"PORT": "8000", "YES": "no", "VERSION": "1.50"}},
    "status_map: {user_busy: busy, answered/incoming: [up, 2]}": {
        "status_map": {"user_busy": ["busy"], "answered/incoming": ["up", "2"]}
    },
    'number: "+442079460123"': {"number": "+442079460123"},
    "codecs: [G722, L16]": {"codecs": ["G722", "L16"]},
    "does: [barge_in, conference, machine_detection, marks, queue, recording, transcription]": {},
    "audio: {observe: loopback, tap: {path: 'taps/{call_control_id}.raw', codec: L16/16000/be}}": {},
    "audio: {observe: python, python: 'json:loads'}": {},
    "audio: {observe: loopback, python: 'json:loads'}": {},
    "audio: {clips: {a: good.wav}}": {},
    "rewrite: {'https://a.example.com': 'http://127.0.0.1:{port}'}\nfailover_url: https://a.example.com/x": {},
    "ask: {a: {url: /x, json: {n: null, to: ['{to}', '{{x}}']}, take: /id}, b: {url: '{taken}', headers: {N: 7}}}": {},
    "ask: {a: {command: \"sh -c 'echo {to}'\"}, b: {python: 'json:dumps'}, c: {python: 'xml.dom.minidom:parse'}}": {},
    "ask: {a: {python: 'sys:exit'}}": {},
    "status: {probe: ''}": {},
}


@pytest.mark.parametrize(("line", "values"), RIGHT.items())
def test_what_is_right_is_read_as_it_is_meant(line: str, values: dict[str, object], folder: Path) -> None:
    profile = loaded(folder, f"{RUNS}{line}\n")
    assert {key: getattr(profile, key) for key in values} == values
    assert profile.folder == folder


def test_a_module_beside_the_profile_is_found_and_not_run(folder: Path) -> None:
    (folder / "asks").mkdir()
    (folder / "asks/calls.py").write_text("raise SystemExit")
    assert messages(folder, f"{RUNS}ask: {{a: {{python: 'asks.calls:place'}}}}\n") == []
