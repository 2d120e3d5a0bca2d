"""Expectations in words close to how they were written."""

from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.measures import bounds


def describe(expectation: Expectation) -> str:
    """`answer within 2 s`, `Agent: heard Caller for 2 s`, `measure barge_in at most 600ms`."""
    who = f"{expectation.person}: " if expectation.person else ""
    words = [f"{who}{_subject(expectation)}"]
    if expectation.subject is Subject.MEASURE:
        words.append(bounds(expectation))
    if expectation.with_ is not None:
        words.append(f"with {expectation.with_}")
    if expectation.reply is not None:
        words.append(f"reply {expectation.reply}")
    if expectation.times is not None:
        least, most = expectation.times
        words.append(f"times {least}{'' if least == most else f'..{most if most is not None else str()}'}")
    if expectation.min_snr_db is not None:
        words.append(f"at {expectation.min_snr_db:g} dB or better")
    if expectation.for_ns is not None:
        words.append(f"for {expectation.for_ns / 1e9:g} s")
    if expectation.within_ns is not None:
        words.append(f"within {expectation.within_ns / 1e9:g} s")
    return " ".join(words)


def _subject(expectation: Expectation) -> str:
    """A command stands by its name, as it does in a script; so does an effect, of which there is one."""
    subject, value = expectation.subject, expectation.value
    if subject is Subject.COMMAND and isinstance(value, str) and value != "any":
        return value
    if subject is Subject.EFFECT:
        return "effect"
    return f"{subject.value} {value if isinstance(value, str) else repr(value)}"
