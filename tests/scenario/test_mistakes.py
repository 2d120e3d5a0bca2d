"""What the author of a scenario reads when it has a mistake (docs/scenario-language.md 5)."""

from pathlib import Path

import pytest
from scenario_files import messages, refused

from telnyx_simulator.scenario.loader import ScenarioError, load

REPOSITORY = Path(__file__).parents[2]

# The files behind the messages of section 5, which uses nothing but their names.
FILES = {
    "phone": "call: {direction: outgoing, to: +12025550142}\nscript: [ask: place_call]\n",
    "verb": "call: incoming\nscript:\n  - dial\n  - hangpu\n",
    "cause": "call: outgoing\nscript:\n  - ask: place_call\n  - refuse: busy\n",
    "unit": "call: incoming\nscript:\n  - dial\n  - wait: 2\n",
    "two": "call: incoming\nscript:\n  - dial\n  - play: speech/en-1\n    expect: {heard: speech/en-1}\n",
    "side": "call: incoming\nscript:\n  - dial\n  - answer\n",
    "name": "calls: {Caller: incoming, Agent: outgoing}\nscript:\n  - Caller: dial\n  - agent: answer\n",
    "axis": "matrix: {leg_codec: [PCMU, PCMA]}\ncall: {direction: incoming, leg_codec: $codec}\nscript: [dial]\n",
    "late": "call: incoming\nscript:\n  - dial\n  - hangup: {after: 500ms}\n",
}


def documented() -> list[str]:
    """The block of section 5, a message at a time."""
    page = (REPOSITORY / "docs/scenario-language.md").read_text()
    block = page.split("## 5. What a mistake looks like")[1].split("```\n")[1]
    messages: list[str] = []
    for line in block.splitlines():
        if line.startswith(" "):
            messages[-1] += "\n" + line
        else:
            messages.append(line)
    return messages


def test_section_5_has_a_file_for_each_message() -> None:
    assert [message.partition(".")[0] for message in documented()] == list(FILES)


@pytest.mark.parametrize("message", documented())
def test_a_message_of_section_5_comes_out_as_written(message: str, tmp_path: Path) -> None:
    name = message.partition(".")[0]
    error = refused(tmp_path, FILES[name], name)
    assert len(error.complaints) == 1
    with_line_and_caret = "\n" in message
    assert (str(error) if with_line_and_caret else str(error).splitlines()[0]) == message


def test_all_mistakes_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / f"{name}.telnyx.yaml").write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load([tmp_path, tmp_path / "gone"], root=tmp_path)
    assert [complaint.place.file for complaint in caught.value.complaints] == [
        *(f"{name}.telnyx.yaml" for name in sorted(FILES)),
        "gone",
    ]


def test_several_mistakes_of_one_file_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "call: {direction: incoming, leg_codec: alaw}\nscript:\n  - diall\n  - wait: 2\nexpect: [{webhok: any}]\n"
    assert messages(tmp_path, text) == [
        "1:40: unknown codec 'alaw'; did you mean 'PCMA'? (PCMU, PCMA, G722, OPUS, AMR-WB, L16)",
        "3:5: unknown verb 'diall'; did you mean 'dial'?",
        "4:11: a duration needs its unit: 2s or 2ms?",
        "5:11: unknown subject 'webhok'; did you mean 'webhook'? "
        "(command, webhook, stream, message, heard, received, digits, status, hangup_cause, effect, measure, account)",
    ]


def test_a_mistake_in_the_matrix_is_shown_in_the_matrix_and_once(tmp_path: Path) -> None:
    text = "matrix: {cause: [user_busy, busy], n: [1, 2]}\ncall: outgoing\nscript: [ask: place_call, refuse: $cause]\n"
    (message,) = messages(tmp_path, text)
    assert message.startswith("1:29: unknown hangup cause 'busy'; did you mean 'user_busy'?")


@pytest.mark.parametrize(
    ("top", "message"),
    [
        ("load: {any: thing}", "3:1: not built yet: 'load' (key of a scenario)"),
        ("expect: [{measure: passed, min: 100%}]", "3:20: not built yet: 'passed' (measure)"),
    ],
)
def test_what_is_not_built_at_the_top_level_is_said_so(top: str, message: str, tmp_path: Path) -> None:
    assert messages(tmp_path, f"call: incoming\nscript: [dial]\n{top}\n") == [message]


def test_whoever_answers_is_what_detection_can_find(tmp_path: Path) -> None:
    words = "human, human_residence, human_business, machine, silence, fax_detected, not_sure"
    assert messages(tmp_path, "call: outgoing\nscript: [answer: robot]\n") == [
        f"2:18: unknown answer 'robot' ({words})",
    ]


STEPS = {
    "play": "play what? `- play: speech/en-1`",
    "wait": "wait what? `- wait: 2s`",
    "dial: now": "dial takes nothing",
    "Caller": "what does 'Caller' do?",
    "[hangup]": "a step is one verb",
    "Agent: hangup": "unknown person 'Agent'",
    "Caller: {Caller: hangup}": "a step is one person's",
    "hangup: {couse: user_busy}": "hangup knows no 'couse'; did you mean 'cause'? (cause, sip, source)",
    "heard: silence": "unknown verb 'heard'; it is what one expects",
    "wait: PT2S": "'PT2S' is no duration; write 250ms, 1.5s or 10m",
    'press: "12x"': "'12x' is not digits",
    "press: 12": 'digits must be quoted text: "12"',
    "press: 0123": 'digits must be quoted text: "0123"',
    "press: *": "not YAML",
    "play: speach/en-1": "unknown clip 'speach/en-1'; did you mean 'speech/en-1'?",
    "play: ./../x.wav": "'./../x.wav' leaves the project",
    "play: /etc/x.wav": "'/etc/x.wav' may leave the project",
    "play: ./x.mp3": "'./x.mp3' is no sound that we can read",
    "play: silence": "'silence' has no end of its own",
    "play: []": "a list of clips is empty",
    "play: {clip: speech/en-1, level: 25}": "a level needs its unit: 25 dBFS",
    "expect: []": "a list of expectations is empty",
    "expect: {within: 2s}": "an expectation needs a subject",
    "expect: {answer}": "unknown subject 'answer'; a command stands without braces: `expect: answer`",
    "expect: call.hangup": "it is an event, write {webhook: call.hangup}",
    "expect: talkspurt": "it is a sound, write {heard: talkspurt}",
    "expect: {command: answer, webhook: any}": "an expectation has one subject, found 'command' and 'webhook'",
    "expect: {command: {one_of: [answer, rejct]}}": "unknown command 'rejct'; did you mean 'reject'?",
    "expect: {command: {}}": "a word or a matcher",
    "expect: {command: answer, with: {a: {matches: '('}}}": "not a regular expression",
    "expect: {command: answer, with: {a: {matches: x, contains: y}}}": "a matcher has one word",
    "expect: {command: answer, within: }": "'within' has no value",
    "expect: {command: answer, for: 2s}": "'for' says how long something is heard, or absent",
    "expect: {heard: silence, with: {a: 1}}": "'with' says nothing of 'heard' (command, webhook, stream, message)",
    "expect: {heard: silence, min: 2}": "'min' says nothing of 'heard' (measure)",
    "expect: {stream: opened, percentile: 99}": "'percentile' says nothing of 'stream' (measure)",
    "expect: {status: mapped, min_snr: 3 dB}": "'min_snr' says nothing of 'status' (heard, received)",
    "expect: {message: clear, reply: 200}": "'reply' says nothing of 'message' (command, webhook)",
    "expect: {message: clera}": "unknown message 'clera'; did you mean 'clear'? (media, mark, clear, invalid, any)",
    "expect: {message: clear, for: 2s}": "'for' says how long something is heard, or absent",
    "expect: {received: silence}": "'silence' has no end of its own",
    "expect: {heard: Bob}": "unknown person 'Bob' (Caller)",
    "expect: {heard: caller}": "unknown clip 'caller'; did you mean 'Caller'?",
    "expect: {heard: silence, times: 2}": "'times' says nothing of a silence; it has a length",
    "expect: {heard: Caller, times: 2}": "'times' says nothing of a person",
    "expect: {measure: gaps, max: 1s}": "'measure' speaks of the whole run; put it under 'expect' at the top level",
    "expect: {account: unchanged}": "'account' speaks of the whole run; put it under 'expect' at the top level",
    "absent: {account: unchanged, why: so}": "'account' speaks of the whole run",
    "expect: {measrue: gaps}": "unknown subject 'measrue'; did you mean 'measure'?",
    "barge_in": "barge_in what? `- barge_in: speech/en-1`",
    "barge_in: {clip: speech/en-1, times: 2}": "barge_in knows no 'times' (clip, level)",
    "barge_in: [speech/en-1]": "a list is no clip; write speech/en-1",
    "mic": "mic what? `- mic: silence`",
    "mic: quiet": "unknown clip 'quiet' (silence, comfort_noise, nothing, speech/en-1",
    "mic: mute": "unknown clip 'mute' (silence, comfort_noise, nothing, speech/en-1",
    "mic: {clip: speech/en-1}": "a mapping is no clip",
    "hold: 2s": "hold takes nothing; `- unhold` ends it",
    "unhold: 2s": "unhold takes nothing",
    "line": "line what? `- line: {websocket: cut}`",
    "stream": "stream what? `- stream: {send: stop}`",
    "expect: {heard: speech/en-1, min_snr: 25}": "a level difference needs its unit: 25 dB",
    "expect: {command: answer, times: 0}": "put it under 'absent'",
    "expect: {command: answer, times: 3..1}": "write 1..3",
    "expect: {command: answer, reply: 2x}": "'2x' is no reply; write 200, 2xx or none",
    "absent: answer": "'absent' needs to know for how long",
    "absent: {effect: any, for: 0s}": "a duration of nothing shows nothing",
    "absent: [{effect: any, for: 1s}]": "'absent' takes one expectation",
    "webhook: call.hangup": "webhook takes a mapping",
    "webhook: {event: call.hungup}": "unknown event 'call.hungup'; did you mean 'call.hangup'?",
    "webhook: {event: call.hangup, timestamp: 301s}": "an offset needs its sign: +301s or -301s?",
    "webhook: {event: call.hangup, signature: wrong}": "unknown signature 'wrong'; did you mean 'wrong_key'?",
    "webhook: {signature: none}": "webhook needs 'event'",
    "ask: $what": "'$what' is not in matrix (there is none); a reference is a whole value",
    "ask: a$what": "'a$what': a reference is a whole value, such as $name",
    "ask: ${what}": "a reference is a whole value",
}


@pytest.mark.parametrize(("step", "sentence"), STEPS.items())
def test_a_mistake_in_a_step_is_one_complaint_on_its_line(step: str, sentence: str, tmp_path: Path) -> None:
    text = f"call: incoming\nscript:\n  - dial\n  - {step}\n"
    (complaint,) = refused(tmp_path, text).complaints
    assert complaint.place.line == 4
    assert sentence in complaint.message
    assert not complaint.not_built_yet


FILES_WITH_ONE_MISTAKE = {
    "script: [dial]\n": "1:1: a scenario needs 'call' or 'calls': who is at the other end?",
    "call: incoming\n": "1:1: a scenario needs 'script'",
    "call: incoming\nscript: []\n": "2:9: 'script' is empty",
    "call: incoming\nscript:\n": "2:1: 'script' has no value",
    "call: incoming\nscript: dial\n": "2:9: 'script' must be a list",
    "call: incoming\nscirpt: [dial]\n": "2:1: a scenario knows no 'scirpt'; did you mean 'script'?",
    "call: incoming\ncalls: {A: incoming}\nscript: [dial]\n": "2:1: a scenario has 'call' or 'calls', not both",
    "call: inbound\nscript: [dial]\n": "1:7: unknown direction 'inbound' (incoming, outgoing)",
    "call: {}\nscript: [dial]\n": "1:7: a call needs 'direction'",
    "call: {direction: incoming, to: any}\nscript: [dial]\n": (
        "1:33: 'any' is for an outgoing call: who dials knows the number"
    ),
    'call: {direction: outgoing, from: "+442079460123"}\nscript: [answer]\n': (
        "1:29: 'from' is for an incoming call; the application says from where it calls"
    ),
    "call: {direction: incoming, from: 442079460123}\nscript: [dial]\n": (
        '1:35: a phone number must be quoted text: "+442079460123"'
    ),
    'call: {direction: incoming, from: "020 7946"}\nscript: [dial]\n': (
        '1:35: \'020 7946\' is no phone number; write "+442079460123", "sip:desk@example.com" or anonymous'
    ),
    "calls: {agent: outgoing}\nscript: [wait: 1s]\n": "1:9: people are capitalised: write 'Agent'",
    "calls: {A: incoming, B: outgoing}\nscript: [hangup]\n": (
        "2:10: who does it? 'hangup' needs a name before it (A, B)"
    ),
    "call: outgoing\nscript: [dial]\n": (
        "2:10: 'dial' is for a caller; in an outgoing call the application dials: write `expect: dial`"
    ),
    "call: incoming\nscript: [refuse: user_busy]\n": (
        "2:10: 'refuse' is for a callee; in an incoming call the application rejects: write `expect: reject`"
    ),
    "call: outgoing\nscript: [refuse: normal_clearing]\n": (
        "2:18: 'normal_clearing' does not refuse a call (user_busy, call_rejected, no_answer, not_found, unspecified)"
    ),
    "call: incoming\nscript:\n  - dial\n  - expect: answer\n    within: 2s\n": (
        "5:5: 'within' belongs to 'expect': write it inside its braces"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{command: answer, within: 2s}]\n": (
        "3:28: 'within' counts from a step; this speaks of the whole run"
    ),
    "call: incoming\nscript: [dial]\nexpect: {command: answer}\n": "3:9: 'expect' must be a list",
    "call: incoming\nscript: [dial]\nignore: [sound_clean]\n": (
        "3:1: 'ignore' needs a 'why': the reason for which a standing check is left out"
    ),
    "call: incoming\nscript: [dial]\nwhy: so\nignore: [sound_celan]\n": (
        "4:10: unknown standing check 'sound_celan'; did you mean 'sound_clean'? (webhooks_acknowledged, "
        "commands_accepted, status_mapped, sound_clean, messages_valid, legs_ended, calls_separate, stays_local)"
    ),
    "call: incoming\nscript: [dial]\nrequires: [tap]\n": (
        "3:12: unknown ability 'tap' "
        "(barge_in, conference, greeting, machine_detection, marks, queue, recording, transcription)"
    ),
    "call: incoming\nscript: [dial]\nrequires: marks\n": "3:11: a list of abilities is expected here, found 'marks'",
    "call: incoming\nscript: [dial]\nrepeat: 0\n": "3:9: a whole number from 1 to 1000 is expected here, found 0",
    'call: {direction: incoming, from: "+442079460111"}\nscript: [dial]\nat_once: 2\n': (
        "3:1: copies at one time have each their own numbers; leave out that of 'Caller'"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: gaps}]\n": (
        "3:10: a measure needs a bound: 'min', 'max' or both"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: gaps, max: 2}]\n": (
        "3:31: a duration needs its unit: 2s or 2ms?"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: loss, max: 0.03}]\n": (
        "3:31: a ratio is a percentage: 3% or 0.03%?"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: snr, min: 25}]\n": (
        "3:30: a level difference needs its unit: 25 dB"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: underruns, max: 2%}]\n": (
        "3:36: a whole number from 0 to 1000000 is expected here, found '2%'"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: gaps, min: 2s, max: 1s}]\n": (
        "3:26: 'min' is more than 'max': nothing can lie between them"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: gap, max: 2s}]\n": (
        "3:20: unknown measure 'gap'; did you mean 'gaps'?"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: gaps, max: 2s, times: 2}]\n": (
        "3:35: 'times' says nothing of 'measure'"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: gaps, max: 2s, percentile: 101}]\n": (
        "3:47: a number from 0 to 100 is expected here, found 101"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{measure: gaps, max: 2s, within: 1s}]\n": (
        "3:35: 'within' says nothing of 'measure'"
    ),
    "call: incoming\nscript: [dial]\nabsent: [{measure: gaps, max: 2s}]\n": (
        "3:11: 'measure' is demanded, not forbidden; put it under 'expect'"
    ),
    "call: incoming\nscript: [dial]\nexpect: [Caller: {account: unchanged}]\n": (
        "3:19: the account is nobody's; leave 'Caller' out"
    ),
    "call: incoming\nscript: [dial]\nexpect: [{account: changed}]\n": (
        "3:20: unknown state of the account 'changed'; did you mean 'unchanged'? (unchanged)"
    ),
    "call: {direction: incoming, mic: 3}\nscript: [dial]\n": "1:34: 3 is no clip; write speech/en-1",
    "call: {direction: incoming, headers: {X Y: a}}\nscript: [dial]\n": "1:44: 'X Y' is no name of a header",
    "call: {direction: incoming, headers: {X-Y: [a]}}\nscript: [dial]\n": (
        "1:44: text is expected here, found a list; if it is text, quote it"
    ),
    'call: {direction: incoming, headers: {X-Y: "a\\nb"}}\nscript: [dial]\n': (
        "1:44: a header holds printable ASCII, in one line"
    ),
    "call: {direction: incoming, with: {from: x}}\nscript: [dial]\n": (
        "1:36: 'from' has a key of its own: write 'from' under the call"
    ),
    "call: {direction: incoming, with: tags}\nscript: [dial]\n": (
        "1:35: fields with their values are expected here, such as {tags: [vip]}, found 'tags'"
    ),
    "call: incoming\nscript: [dial]\ntelnyx_sim: 2\n": (
        "3:13: this file is in version 2 of the language; this telnyx-sim reads version 1"
    ),
    "call: incoming\nscript: [dial]\nseed: 1.5\n": (
        "3:7: a whole number from 0 to 9007199254740991 is expected here, found 1.5"
    ),
    "call: incoming\nscript: [dial]\ntags: [a b]\n": (
        "3:8: a word is expected here (letters, digits, '_', '-'), found 'a b'"
    ),
    "call: incoming\nscript: [dial]\nname: 7\n": "3:7: text is expected here, found 7; if it is text, quote it",
    "matrix: {}\ncall: incoming\nscript: [dial]\n": "1:1: 'matrix' is empty",
    "matrix: {a: []}\ncall: incoming\nscript: [ask: $a]\n": "1:13: 'a' is empty",
    "matrix: {a: [[1]]}\ncall: incoming\nscript: [ask: $a]\n": "1:14: a matrix holds scalars only",
    "matrix: {a: [x, x]}\ncall: incoming\nscript: [ask: $a]\n": (
        "1:9: two rows of the matrix are named [x]; give each its own 'id'"
    ),
    "matrix: [{a: x}, {b: y}]\ncall: incoming\nscript: [ask: $a]\n": (
        "1:9: the rows of a matrix have the same keys, all of them"
    ),
    "- call: incoming\n": "1:1: a scenario is a mapping: it begins with keys such as `call:` and `script:`",
    "": "1:1: the file is empty",
}


@pytest.mark.parametrize(("text", "message"), FILES_WITH_ONE_MISTAKE.items())
def test_a_mistake_in_a_file_is_said_at_its_place(text: str, message: str, tmp_path: Path) -> None:
    assert messages(tmp_path, text) == [message]


def test_a_file_with_hundreds_of_mistakes_shows_the_first_fifty(tmp_path: Path) -> None:
    found = messages(tmp_path, "call: incoming\nscript:\n" + "  - hangpu\n" * 300)
    assert len(found) == 51
    assert found[0] == "1:1: there are more than these 50 mistakes"


def test_a_caret_of_a_long_line_stays_on_the_screen(tmp_path: Path) -> None:
    error = refused(tmp_path, "call: incoming\nscript: [" + "dial, " * 500 + "hangpu]\n")
    _, source, caret = str(error).splitlines()
    assert len(source) < 200
    assert source[caret.index("^") :].startswith("hangpu")


def test_what_a_terminal_would_obey_is_escaped(tmp_path: Path) -> None:
    error = refused(tmp_path, 'call: incoming\nscript: ["\\e[31mdial"]\n')
    assert "\x1b" not in str(error)


def test_people_of_one_script_have_each_their_own_number(tmp_path: Path) -> None:
    def both(number: str) -> str:
        people = "".join(f"  {name}: {{direction: incoming, from: {number}}}\n" for name in ("Ann", "Bea"))
        return f"calls:\n{people}script: [Ann: dial]\n"

    told = messages(tmp_path, both('"+442079460123"'))
    assert told == ["3:3: two people cannot both have the number +442079460123"]
    (tmp_path / "x.telnyx.yaml").write_text(both("anonymous"))
    assert len(load([tmp_path / "x.telnyx.yaml"])) == 1
