"""YAML without its surprises, and without its bombs."""

import time

import pytest

from telnyx_simulator.scenario.complaints import Page
from telnyx_simulator.scenario.yaml_text import Node, decode, plain, read


def parsed(data: bytes) -> tuple[Node | None, list[str]]:
    page = Page("x")
    text = decode(data, page)
    node = read(text, page) if text is not None else None
    return node, [f"{c.place.line}:{c.place.column}: {c.message}" for c in page.complaints]


@pytest.mark.parametrize(
    "text",
    [
        "+442079460123",
        "no",
        "on",
        "Yes",
        "12:30",
        "0123",
        "1_000",
        "0x1F",
        "1e3",
        "2026-11-21",
        "+1",
        "1.",
        ".5",
        "True",
    ],
)
def test_a_scalar_keeps_its_text(text: str) -> None:
    node, complaints = parsed(f"- {text}\n".encode())
    assert node is not None
    assert plain(node) == [text]
    assert complaints == []


def test_plain_numbers_truths_and_nothing_are_read() -> None:
    node, _ = parsed(b'[0, -7, 42, 1.5, -0.25, true, false, null, "1", \'true\', ""]\n')
    assert node is not None
    values = plain(node)
    assert values == [0, -7, 42, 1.5, -0.25, True, False, None, "1", "true", ""]
    assert [type(value).__name__ for value in values[:6]] == ["int", "int", "int", "float", "float", "bool"]


def test_a_key_keeps_its_text() -> None:
    node, _ = parsed(b"{on: 1, 422: 2, null: 3, true: 4}\n")
    assert node is not None
    assert plain(node) == {"on": 1, "422": 2, "null": 3, "true": 4}


def test_an_alias_is_the_value_of_its_anchor() -> None:
    node, complaints = parsed(b"a: &x [1, {b: 2}]\nc: *x\n")
    assert node is not None
    assert plain(node)["c"] == [1, {"b": 2}]
    assert complaints == []


BOMB = b"a: &a [1,2,3,4,5,6,7,8,9]\n" + b"".join(
    b"%c: &%c [%s]\n" % (letter, letter, b",".join([b"*%c" % (letter - 1)] * 9)) for letter in range(ord("b"), ord("z"))
)
LADDER = (
    b"a: &a [1]\n"
    + b"".join(b"%c: &%c [*%c]\n" % (c, c, c - 1) for c in range(ord("b"), ord("z")))
    + (b"A: &A [*y]\n" + b"".join(b"%c: &%c [*%c]\n" % (c, c, c - 1) for c in range(ord("B"), ord("Z"))))
)

REFUSED = {
    "duplicate key": (b"a: 1\nb: 2\na: 3\n", "3:1: 'a' is given twice (first in line 1)"),
    "tag": (b"a: !!python/name:os.system x\n", "1:4: YAML tags are refused"),
    "merge": (b"a: &a {b: 1}\nc: {<<: *a}\n", "2:5: merging with '<<' is refused; write it out"),
    "directive": (b"%TAG !a! !b\n" * 50_000, "1:1: YAML directives are refused"),
    "two documents": (b"a: 1\n---\nb: 2\n", "2:1: a file is one scenario"),
    "unknown alias": (b"a: *b\n", "1:4: the alias '*b' has no anchor before it"),
    "alias within its anchor": (b"a: &a [*a]\n", "1:8: the alias '*a' holds itself"),
    "billion laughs": (BOMB, "5:"),
    "aliases in a ladder": (LADDER, "aliases make this too large"),
    "key that is no text": (b"? [a]\n: 1\n", "1:3: a key must be text"),
    "empty key": (b"? \n: 1\n", "1:2: a key must be text"),
    "not YAML": (b"a: b: c\n", "1:5: not YAML: mapping values are not allowed in this context; text that holds ': '"),
    "tab": (b"a:\n\tb: 1\n", "2:1: not YAML"),
    "deep": (b"[" * 1_000_000, "1:31: nested too deep: at most 30 levels"),
    "deep block": (b"- " * 400_000, "nested too deep: at most 30 levels"),
    "many": (b"- a\n" * 240_000, "10000:3: too much for one scenario: at most 10000 values"),
    "large": (b"a" * 1_000_001, "1:1: a scenario has at most 1 MB"),
    "long number": (b"a: " + b"9" * 5000, "1:4: a number has at most 18 digits"),
    "NUL": (b"a: 1\nb: \0\n", "2:4: not text: the character U+0000"),
    "control character": (b"a: \x1b[31m\n", "1:4: not text: the character U+001B"),
    "Latin-1": (b"a: 1\nwhy: caf\xe9\n", "2:9: not UTF-8 text"),
    "UTF-16": ("a: 1".encode("utf-16"), "1:1: not UTF-8 text"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0", "1:1: not UTF-8 text"),
    "nothing": (b"# only a comment\n", "1:1: the file is empty"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_yaml_should_not_do_is_one_complaint_and_quick(name: str) -> None:
    data, message = REFUSED[name]
    began = time.process_time()
    _, complaints = parsed(data)
    assert time.process_time() - began < 1
    assert len(complaints) == 1
    assert message in complaints[0]


def test_a_byte_order_mark_and_windows_lines_do_not_move_the_caret() -> None:
    _, complaints = parsed("\ufeffa: 1\r\nb: é\r\na: 3\r\n".encode())
    assert complaints == ["3:1: 'a' is given twice (first in line 1)"]
