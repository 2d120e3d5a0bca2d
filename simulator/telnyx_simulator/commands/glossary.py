"""What every word of a report or a scenario means that is not explained where it stands: for `explain`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from telnyx_simulator.audio.faults import Fault
from telnyx_simulator.checks.claims import MEASURES, MEASURES_NOT_BUILT, STANDING
from telnyx_simulator.commands.exits import MEANINGS
from telnyx_simulator.commands.faults_page import KINDS
from telnyx_simulator.conformance.catalogue import EVERY_RUN
from telnyx_simulator.conformance.catalogue import load as load_catalogue
from telnyx_simulator.conformance.grade import GRADES
from telnyx_simulator.facts.assumptions import ASSUMPTIONS, Assumption
from telnyx_simulator.facts.errors import ERRORS, ErrorFact
from telnyx_simulator.facts.hangup_causes import CAUSES, REFUSALS, HangupCause
from telnyx_simulator.facts.header_styles import HEADER_STYLES
from telnyx_simulator.facts.shapes import SHAPES, Shape
from telnyx_simulator.facts.signatures import SIGNATURES


@dataclass(frozen=True, slots=True)
class Explanation:
    """`word` as it is written; `lines` are whole sentences, one below the other."""

    word: str
    kind: str
    lines: tuple[str, ...]

    def text(self) -> str:
        return "\n".join([f"{self.word}  ({self.kind})", *(f"  {line}" for line in self.lines)])


# What a standing check looks at, and what it needs to be exercised (`docs/scenario-language.md` 3.6).
_STANDING: Final = {
    "webhooks_acknowledged": (
        "Looks at every attempt of a webhook that is signed as Telnyx signs, and its reply.",
        "A reply after the timeout, another status than 2xx or no reply at all is a failure: acknowledge first, "
        "work afterwards.",
    ),
    "commands_accepted": (
        "Looks at every REST request: a 4xx is a failure, and so is a dial to a number that nobody there has.",
        "90018 (call has already ended) is excused while the application cannot know of the end; errors that the "
        "scenario asked for are not counted; a command that the simulator does not play is inconclusive.",
    ),
    "status_mapped": (
        "Compares the last status that the application shows of each call with the word that `status_map` has for the "
        "call's end.",
        "Needs `status:` and `status_map:` in sut.yaml.",
    ),
    "sound_clean": (
        "Compares what a person hears with what was said: the right companding law and rate, no gaps, no other volume.",
        "Needs a sound that is known: `audio: {observe: loopback}` for an application that says back what it hears, "
        "`audio: {clips: ...}` for files that it plays, `audio: {tap: ...}` for what it decoded, or "
        "`audio: {python: module:function}` for its decoder, which is then tried with every code.",
    ),
    "messages_valid": (
        "Looks at each message that the application sends on a stream: JSON of a known event, base64, the codec that "
        "it asked for, 20 ms to 30 s of sound.",
    ),
    "legs_ended": (
        "When everybody has hung up and the application had its time, no leg, WebSocket or conference is left, "
        "and no recording runs on.",
    ),
    "calls_separate": (
        "What one person says is looked for in the ear of every other call.",
        "Needs two calls at one time whose sounds can be told apart.",
    ),
    "stays_local": ("A request that the application sends to the real Telnyx, or to anybody else, is a failure.",),
}

_VERDICTS: Final = {
    "pass": "It was exercised, and held.",
    "fail": "It was exercised, and did not hold: the application's doing.",
    "not_exercised": "Nothing happened that it could be judged by; the text says what would exercise it. No pass.",
    "inconclusive": "It cannot be said: the simulator itself was late, the run was interrupted, or the application "
    "could not be asked.",
}

_EVIDENCE: Final = {
    "spec": "Known from Telnyx's OpenAPI document or the types of its SDKs.",
    "docs": "Known from Telnyx's documentation.",
    "observed": "Seen in captures of real traffic.",
    "reported": "Told by code and threads of people who use Telnyx.",
    "assumed": "Nobody says so; the most plausible alternative was taken.",
}

_UNITS: Final = {
    "s": ("a duration", "max: 400ms"),
    "ratio": ("a percentage", "max: 3%"),
    "dB": ("decibels", "min: 25 dB"),
    "count": ("a number", "max: 0"),
    "score": ("a score", "min: 3.5"),
}


# Where the usual bound of the unit would be the wrong way round.
_BOUNDS: Final = {
    "gain": "max: 3 dB",
    "own_voice": "max: -40 dB",
    "leakage": "max: -40 dB",
    "answered": "min: 100%",
    "pace": "min: 98%",
    "correlation": "min: 0.93",
    "clipping": "max: 0.2%",
    "dc": "max: 1%",
    "bandwidth": "min: -6 dB",
    "byte_exact": "min: 100%",
    "queued": "max: 2s",
    "message_duration": "min: 20ms",
}


@cache
def explanations() -> tuple[Explanation, ...]:
    """Everything there is, kind by kind."""
    return (
        *_measures(),
        *(Explanation(word, "standing check", _standing(word, says)) for word, says in STANDING.items()),
        *(
            Explanation(
                fault.value, "fault of a sound", (_sentence(fault.sentence), _sentence(fault.advice), _kind(fault))
            )
            for fault in Fault
        ),
        *(Explanation(word, "hangup cause", _cause(word, cause)) for word, cause in CAUSES.items()),
        *_errors(),
        *_treatments(),
        *_assumptions(),
        *(Explanation(word, "verdict", (says,)) for word, says in _VERDICTS.items()),
        *(Explanation(word, "evidence", (says,)) for word, says in _EVIDENCE.items()),
        Explanation("grade", "grade of a scorecard", _grade()),
        *_requirements(),
        *(Explanation(str(code), "exit code", (_sentence(says),)) for code, says in MEANINGS.items()),
    )


def _measures() -> Iterator[Explanation]:
    for word, measure in MEASURES.items():
        unit, bound = _UNITS[measure.unit]
        yield Explanation(
            word,
            "measure",
            (
                _sentence(measure.says),
                f"Computed: {measure.formula}.",
                f"Written as {unit}, taken over the whole run; of several values every one must be within `min` and "
                "`max`, unless `percentile` chooses one.",
                f"At the top level of a scenario: `expect: [{{measure: {word}, {_BOUNDS.get(word, bound)}}}]`.",
            ),
        )
    for word in MEASURES_NOT_BUILT:
        yield Explanation(word, "measure", ("The language has it; this version does not play it yet.",))


def _standing(word: str, says: str) -> tuple[str, ...]:
    return (
        _sentence(says),
        *_STANDING[word],
        f"It holds in every run without being written; `ignore: [{word}]` with a `why` takes it out of one scenario.",
    )


def _kind(fault: Fault) -> str:
    return f"Kind: {fault.kind}. {KINDS[fault.kind][1]}"


def _cause(word: str, cause: HangupCause) -> tuple[str, ...]:
    q850 = f", Q.850 {cause.q850}" if cause.q850 is not None else ""
    lines = [_sentence(cause.meaning), f"SIP response {cause.sip} ({cause.sip_evidence.value}){q850}."]
    if word in REFUSALS:
        lines.append(f"In a script: `- refuse: {word}`.")
    return tuple(lines)


def _grade() -> tuple[str, ...]:
    return (
        "What `telnyx-sim conformance` says of all requirements together, the first of these that fits.",
        *(f"{letter}: {_sentence(says)}" for letter, says in GRADES.items()),
        "What was not exercised neither raises nor lowers it, so it stands beside how much was; a MAY never lowers it; "
        "inconclusive never counts as passed.",
    )


def _requirements() -> Iterator[Explanation]:
    for one in load_catalogue().requirements:
        proofs = dict.fromkeys(
            "what holds in every run" if proof.scenario == EVERY_RUN else proof.scenario for proof in one.proof
        )
        lines = (
            f"{one.level.value}: {one.requirement}",
            f"Why: {_sentence(one.why)}",
            f"Source: {_sentence(one.source)}",
            f"Decided by {', '.join(proofs)}.",
            f"Alone: `telnyx-sim conformance {one.id} --sut sut.yaml`.",
        )
        yield Explanation(one.id, "requirement", lines)


def _errors() -> Iterator[Explanation]:
    codes: dict[str, list[ErrorFact]] = {}
    for fact in ERRORS.values():
        codes.setdefault(fact.code, []).append(fact)
    for code, facts in codes.items():
        lines = [_error(fact) for fact in facts]
        yield Explanation(code, "error code", (*dict.fromkeys(lines), *_advice_of(code)))


def _error(fact: ErrorFact) -> str:
    """`HTTP 422: Call has already ended. ...`; what differs from case to case is left open."""
    detail = "" if fact.detail == "{detail}" else " " + re.sub(r"\{\w+\}", "...", fact.detail.removesuffix(".")) + "."
    return f"HTTP {fact.status}: {fact.title}.{detail} Evidence: {fact.evidence.value}."


def _advice_of(code: str) -> tuple[str, ...]:
    """What is not in the error itself, for those that one meets."""
    if code == "90018":
        return (
            "To an application it means done: the call is over, and its webhook may still be on the way.",
            "In a script: `commands: {hangup: {error: 90018}}`.",
        )
    if code == "501":
        return ("The simulator's own: Telnyx would act here, and this version of the simulator cannot yet.",)
    return ()


def _treatments() -> Iterator[Explanation]:
    for word, signing in SIGNATURES.items():
        written = f"In a script: `- webhook: {{event: call.hangup, signature: {word}}}`."
        because = (f"Why: {signing.source}.",) if signing.source else ()
        yield Explanation(word, "kind of signature", (_sentence(signing.says), *because, written))
    for word, style in HEADER_STYLES.items():
        written = f"In a scenario: `webhooks: {{all: {{headers: {word}}}}}`."
        yield Explanation(word, "style of headers", (_sentence(style.says), f"Why: {style.source}.", written))
    for word, shape in SHAPES.items():
        written = f"In a scenario: `webhooks: {{all: {{shape: {word}}}}}`."
        yield Explanation(word, "shape of a webhook", (_sentence(shape.says), f"Evidence: {_known(shape)}", written))


def _assumptions() -> Iterator[Explanation]:
    for word, assumption in ASSUMPTIONS.items():
        lines = [
            f"{alternative}{' (default)' if alternative == assumption.default else ''}: {_sentence(says)}"
            for alternative, says in assumption.alternatives.items()
        ]
        other = list(assumption.alternatives)[-1]
        lines += [f"Evidence of the default: {_known(assumption)}", f"In a scenario: `assume: {{{word}: {other}}}`."]
        yield Explanation(word, "assumption", tuple(lines))


def _known(fact: Shape | Assumption) -> str:
    evidence = fact.evidence.value
    return f"{evidence}; {fact.source.removeprefix(f'{evidence}: ')}."


def _sentence(text: str) -> str:
    written = text[:1].upper() + text[1:] if text.split(maxsplit=1)[0].isalpha() else text
    return written if written.endswith(".") else f"{written}."
