"""YAML text to marked nodes, with none of YAML 1.1's surprises.

libyaml's parser gives events; we compose them ourselves. So a scalar keeps its text unless it is `true`, `false`,
`null`, a plain decimal integer (no leading zero, no `+`) or a plain decimal: `+442079460123`, `no`, `12:30` and `0123`
stay text. Refused, each with its place: duplicate keys, tags, `<<`, directives, more than one document, and whatever
would make a small file large (deep nesting, aliases of aliases). Work is bounded by `NODES_MAX`, whatever the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import yaml

from telnyx_simulator.scenario.complaints import Mark, Page, quoted

BYTES_MAX: Final = 1_000_000
DEPTH_MAX: Final = 30
NODES_MAX: Final = 10_000
DIGITS_MAX: Final = 18

_LINE_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_NOT_TEXT: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_DIRECTIVE: Final = re.compile(r"^%(?:TAG|YAML)\b", re.MULTILINE)
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}

# What mostly lies behind an error of libyaml's.
_ADVICE: Final = {
    "mapping values are not allowed": "; text that holds ': ' needs quotes",
    "alphabetic or numeric character": "; text that begins with '*' or '&' needs quotes",
    "cannot start any token": "; indent with spaces, and quote text that begins with a special character",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """`site` is where it is used, when a reference brought it there from the matrix, where `mark` is."""

    value: bool | int | float | str | None
    mark: Mark
    text: str = ""
    quoted: bool = False
    site: Mark | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    items: "tuple[Node, ...]"
    mark: Mark


@dataclass(frozen=True, slots=True)
class Mapping:
    keys: dict[str, Mark]
    values: "dict[str, Node]"
    mark: Mark


Node: TypeAlias = Scalar | Sequence | Mapping


class Unquoted(str):
    """Text that stands in the file without quotes: a phone number or digits must not."""

    __slots__ = ()


def used_at(node: Node) -> Mark:
    """Where a reader of the script looks for this node."""
    return node.site if isinstance(node, Scalar) and node.site else node.mark


def is_nothing(node: Node) -> bool:
    """Whether nothing is written here, or `null`."""
    return isinstance(node, Scalar) and node.value is None


def plain(node: Node) -> Any:
    """The node as plain data; text without quotes is `Unquoted`."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.values.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if node.quoted or not isinstance(node.value, str) else Unquoted(node.value)


class _UnreadableError(Exception):
    """The complaint is made; nothing after it can be trusted."""


def lines_of(text: str) -> list[str]:
    """Lines as libyaml counts them."""
    return _LINE_BREAK.split(text)


def decode(data: bytes, page: Page) -> str | None:
    """The text of a file, its lines given to the page; None (and a complaint) if it is none."""
    if len(data) > BYTES_MAX:
        page.complain(Mark(1, 1), "a scenario has at most 1 MB")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        page.complain(_mark_after(before), "not UTF-8 text")
        return None
    odd = _NOT_TEXT.search(text)
    if odd:
        page.complain(_mark_after(text[: odd.start()]), f"not text: the character U+{ord(odd[0]):04X}")
        return None
    page.lines = lines_of(text)
    return text


def _mark_after(text: str) -> Mark:
    lines = lines_of(text)
    return Mark(len(lines), len(lines[-1]) + 1)


def read(text: str, page: Page) -> Node | None:
    """The one document of a file; None (and a complaint) when there is nothing to go on with."""
    directive = _DIRECTIVE.search(text)
    if directive:
        page.complain(_mark_after(text[: directive.start()]), "YAML directives are refused: a scenario needs none")
        return None
    try:
        return _Composer(text, page).document()
    except _UnreadableError:
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        advice = next((advice for words, advice in _ADVICE.items() if words in problem), "")
        page.complain(_start(mark) if mark else Mark(1, 1), f"not YAML: {problem}{advice}")
        return None


def _start(mark: Any, width: int = 1) -> Mark:
    return Mark(mark.line + 1, mark.column + 1, max(1, width))


def _marks(event: yaml.Event) -> tuple[Any, Any]:
    """Where an event starts and ends; the parser always knows, its types do not say so."""
    return event.start_mark, event.end_mark


@dataclass(slots=True)
class _Anchor:
    node: Node | None = None  # None: still open, so an alias to it would hold itself
    nodes: int = 0
    depth: int = 0


class _Composer:
    def __init__(self, text: str, page: Page) -> None:
        self.page = page
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.anchors: dict[str, _Anchor] = {}
        self.nodes = 0
        self.deepest = 0

    def document(self) -> Node | None:
        next(self.events)  # the stream
        first = next(self.events)
        if isinstance(first, yaml.StreamEndEvent):
            self.page.complain(Mark(1, 1), "the file is empty")
            return None
        node = self.node(next(self.events), 1)
        next(self.events)  # the document's end
        after = next(self.events)
        if isinstance(after, yaml.DocumentStartEvent):
            self.refuse(after, "a file is one scenario: a second document begins here")
        return node

    def refuse(self, event: yaml.Event, message: str) -> None:
        """Complain and give up."""
        self.page.complain(self.mark(event), message)
        raise _UnreadableError

    def mark(self, event: yaml.Event) -> Mark:
        start, end = _marks(event)
        if end.line == start.line:
            return _start(start, end.column - start.column)
        return _start(start, len(self.page.lines[start.line]) - start.column)

    def node(self, event: yaml.Event, depth: int) -> Node:
        self.nodes += 1
        self.deepest = max(self.deepest, depth)
        if depth > DEPTH_MAX:
            self.refuse(event, f"nested too deep: at most {DEPTH_MAX} levels")
        if self.nodes > NODES_MAX:
            self.refuse(event, f"too much for one scenario: at most {NODES_MAX} values")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth)
        assert isinstance(event, yaml.NodeEvent)
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.page.complain(self.mark(event), f"YAML tags are refused, found {quoted(tag)}")
        anchor = _Anchor()
        if event.anchor:
            self.anchors[event.anchor] = anchor
        nodes_before, deepest_before, self.deepest = self.nodes, self.deepest, depth
        node = self.unanchored(event, depth)
        anchor.node, anchor.nodes, anchor.depth = node, self.nodes - nodes_before, self.deepest - depth
        self.deepest = max(self.deepest, deepest_before)
        return node

    def alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        anchor = self.anchors.get(str(event.anchor))
        if anchor is None or anchor.node is None:
            why = "holds itself" if anchor else "has no anchor before it"
            self.refuse(event, f"the alias {quoted('*' + str(event.anchor))} {why}")
            raise _UnreadableError
        self.nodes += anchor.nodes
        self.deepest = max(self.deepest, depth + anchor.depth)
        if self.nodes > NODES_MAX or depth + anchor.depth > DEPTH_MAX:
            self.refuse(event, "aliases make this too large")
        return anchor.node

    def unanchored(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, depth)
        return self.mapping(event, depth)

    def scalar(self, event: yaml.ScalarEvent) -> Scalar:
        mark = self.mark(event)
        if event.style:
            return Scalar(event.value, mark, event.value, quoted=True)
        return Scalar(self.resolve(event.value, mark), mark, event.value)

    def resolve(self, text: str, mark: Mark) -> bool | int | float | str | None:
        if text in _WORDS:
            return _WORDS[text]
        integer, decimal = _INTEGER.fullmatch(text), _DECIMAL.fullmatch(text)
        if not integer and not decimal:
            return text
        if len(text) > DIGITS_MAX:
            self.page.complain(mark, f"a number has at most {DIGITS_MAX} digits; if it is text, quote it")
            return text
        return int(text) if integer else float(text)

    def sequence(self, event: yaml.Event, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(inner, depth + 1))
        return Sequence(tuple(items), self.whole(event, inner))

    def mapping(self, event: yaml.Event, depth: int) -> Mapping:
        keys: dict[str, Mark] = {}
        values: dict[str, Node] = {}
        while not isinstance(inner := next(self.events), yaml.MappingEndEvent):
            key = self.key(inner, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if key is None:
                continue
            if key.text in keys:
                before = keys[key.text].line
                self.page.complain(key.mark, f"{quoted(key.text)} is given twice (first in line {before})")
                continue
            keys[key.text], values[key.text] = key.mark, value
        first = next(iter(keys.values()), None)
        own = self.mark(event)
        if first is not None and (first.line, first.column) == (own.line, own.column):
            return Mapping(keys, values, first)  # without braces: the caret goes under the first key
        return Mapping(keys, values, self.whole(event, inner))

    def key(self, event: yaml.Event, depth: int) -> Scalar | None:
        """A key keeps its text, whatever it looks like; None (and a complaint) for what no key may be."""
        node = self.node(event, depth)
        if not isinstance(node, Scalar) or not node.text:
            self.page.complain(node.mark, "a key must be text")
            return None
        if node.text == "<<" and not node.quoted:
            self.page.complain(node.mark, "merging with '<<' is refused; write it out")
            return None
        return node if isinstance(event, yaml.ScalarEvent) else replace(node, mark=self.mark(event))

    def whole(self, event: yaml.Event, end: yaml.Event) -> Mark:
        """From the opening bracket to the closing one, as far as they share a line; a block has its dash only."""
        start, last = _marks(event)[0], _marks(end)[1]
        if not getattr(event, "flow_style", False):
            return _start(start)
        same_line = last.line == start.line
        return _start(start, (last.column if same_line else len(self.page.lines[start.line])) - start.column)
