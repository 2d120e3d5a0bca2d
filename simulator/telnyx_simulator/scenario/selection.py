"""Which runs of the scenarios that were read are wanted: by name, by tag, by what failed last. Pure."""

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from telnyx_simulator.scenario.script import Scenario

# Spaces, parentheses and quotation marks within a word need quotes: `"a call[(any)]"`. All else belongs to the word.
_TOKEN: Final = re.compile(r"""\s*(?:(?P<mark>[()])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s()"']+))""")

_TOKENS_MAX: Final = 100

Test = Callable[[str], bool]
Tokens = list[tuple[bool, str]]  # whether it is a name (quoted ones always are), and its text


class ExpressionError(Exception):
    """`-k` cannot be read; the text tells why."""


def repeated(runs: Iterable[Scenario], times: int) -> list[Scenario]:
    """Each run `times` as often as its scenario asks for: more repetitions of it, with the seeds that follow."""
    found = []
    for _, of_one in itertools.groupby(runs, lambda run: (run.file, run.run_id)):
        own = list(of_one)
        for n in range(times):
            for run in own:
                repetition = run.repetition + n * run.repeat
                found.append(replace(run, repeat=run.repeat * times, repetition=repetition))
    return found


def label(scenario: Scenario) -> str:
    """What `-k` looks at: the run id with its repetition. Copies (`at_once`) belong together and are chosen so."""
    return replace(scenario, at_once=1).label


def key(scenario: Scenario) -> str:
    """A run across invocations: where it stands and what it is called."""
    return f"{scenario.file}::{label(scenario)}"


def selected(
    runs: Sequence[Scenario],
    *,
    expression: str | None = None,
    tags: Collection[str] = (),
    among: Collection[str] | None = None,
) -> list[Scenario]:
    """The runs whose label fits `expression`, that have one of `tags`, and whose key is `among` these (if given).

    Raises `ExpressionError`.
    """
    fits = compiled(expression) if expression and expression.strip() else lambda text: True
    return [
        run
        for run in runs
        if fits(label(run))
        and (not tags or not set(tags).isdisjoint(run.tags))
        and (among is None or key(run) in among)
    ]


def compiled(expression: str) -> Test:
    """`busy and not (PCMU or PCMA)`, as pytest's `-k`: each word is a part of the label, in any case of letters."""
    tokens = _tokens(expression)
    test, rest = _either(tokens, expression)
    if rest:
        raise ExpressionError(f"-k {expression!r}: {rest[0][1]!r} is not expected there")
    return test


def _tokens(expression: str) -> Tokens:
    tokens: Tokens = []
    text, at = expression.rstrip(), 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(f"-k {expression!r}: a quotation mark without its other one")
        kind, token = str(found.lastgroup), found[str(found.lastgroup)]
        is_name = kind in ("double", "single") or (kind == "word" and token not in ("and", "or", "not"))
        tokens.append((is_name, token))
        at = found.end()
    if len(tokens) > _TOKENS_MAX:
        raise ExpressionError(f"-k: {len(tokens)} words are more than the {_TOKENS_MAX} that it takes")
    return tokens


def _either(tokens: Tokens, expression: str) -> tuple[Test, Tokens]:
    test, rest = _both(tokens, expression)
    while rest and rest[0] == (False, "or"):
        other, rest = _both(rest[1:], expression)
        test = _or(test, other)
    return test, rest


def _both(tokens: Tokens, expression: str) -> tuple[Test, Tokens]:
    test, rest = _single(tokens, expression)
    while rest and rest[0] == (False, "and"):
        other, rest = _single(rest[1:], expression)
        test = _and(test, other)
    return test, rest


def _single(tokens: Tokens, expression: str) -> tuple[Test, Tokens]:
    if not tokens:
        raise ExpressionError(f"-k {expression!r}: it ends where a name is expected")
    (is_word, text), rest = tokens[0], tokens[1:]
    if is_word:
        return _part(text), rest
    if text == "not":
        test, rest = _single(rest, expression)
        return _not(test), rest
    if text == "(":
        test, rest = _either(rest, expression)
        if not rest or rest[0] != (False, ")"):
            raise ExpressionError(f"-k {expression!r}: a parenthesis is not closed")
        return test, rest[1:]
    raise ExpressionError(f"-k {expression!r}: a name is expected where {text!r} stands")


def _part(word: str) -> Test:
    return lambda text: word.casefold() in text.casefold()


def _or(one: Test, other: Test) -> Test:
    return lambda text: one(text) or other(text)


def _and(one: Test, other: Test) -> Test:
    return lambda text: one(text) and other(text)


def _not(test: Test) -> Test:
    return lambda text: not test(text)


def as_expression(text: str) -> str:
    """The `-k` that finds this label: quoted where it must be."""
    if re.fullmatch(r"""[^\s()"']+""", text) and text not in ("and", "or", "not"):
        return text
    return " and ".join(f'"{part}"' for part in text.split('"') if part.strip())
