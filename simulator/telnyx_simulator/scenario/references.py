"""The matrix, and the references to it: each row gives one document in which every `$name` has become a value.

A value that a reference brings keeps the place where it stands in the matrix, for there it can be mended.
"""

import itertools
import math
import re
from dataclasses import dataclass, replace
from typing import Final

from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.scenario.complaints import Page, quoted
from telnyx_simulator.scenario.reading import elements
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, Sequence, is_nothing

ROWS_MAX: Final = 1000
VALUES_MAX: Final = 100_000  # of all rows together: what reading them may cost

_REFERENCE: Final = re.compile(r"\$([A-Za-z_]\w*)", re.ASCII)
_PART_OF_TEXT: Final = re.compile(r"\$(?:\{|[A-Za-z_])")
_AXIS: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NAMES_THE_ROW: Final = "id"


@dataclass(frozen=True, slots=True)
class Row:
    """One run's values. `name` stands in the run id; it is empty where there is no matrix."""

    name: str
    values: dict[str, Scalar]

    def to_json(self) -> dict[str, JSON]:
        return {axis: scalar.value for axis, scalar in self.values.items()}


def rows(document: Mapping, page: Page) -> list[Row]:
    """The rows of a document's matrix, one for each run; none, and a complaint, when it has mistakes.

    A matrix without a value is left to the model of the top level to complain about.
    """
    matrix = document.values.get("matrix")
    if matrix is None or is_nothing(matrix):
        return [Row("", {})]
    before = len(page.complaints)
    if isinstance(matrix, Mapping):
        found = _combinations(matrix, document, page)
    else:
        found = [values for row in elements(matrix, page, "'matrix'") if (values := _row(row, page))]
        if any(values.keys() != found[0].keys() for values in found):
            page.complain(matrix.mark, "the rows of a matrix have the same keys, all of them")
    if len(page.complaints) > before:
        return []
    named = [Row(_name(values), values) for values in found]
    for one, other in itertools.pairwise(sorted(row.name for row in named)):
        if one == other:
            page.complain(matrix.mark, f"two rows of the matrix are named [{one}]; give each its own 'id'")
    return named


def _combinations(matrix: Mapping, document: Mapping, page: Page) -> list[dict[str, Scalar]]:
    axes = {}
    for axis, node in matrix.values.items():
        _check_axis(matrix, axis, page)
        axes[axis] = [scalar for value in elements(node, page, quoted(axis)) if (scalar := _scalar(value, page))]
    if not axes:
        page.complain(document.keys["matrix"], "'matrix' is empty")
    if math.prod(map(len, axes.values())) > ROWS_MAX:
        page.complain(document.keys["matrix"], f"the matrix gives too many runs: at most {ROWS_MAX}")
        return []
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def _row(node: Node, page: Page) -> dict[str, Scalar] | None:
    if not isinstance(node, Mapping) or not node.values:
        page.complain(node.mark, "a row of a matrix is a mapping: name -> value")
        return None
    for axis in node.values:
        _check_axis(node, axis, page)
    return {axis: scalar for axis, value in node.values.items() if (scalar := _scalar(value, page))}


def _check_axis(node: Mapping, axis: str, page: Page) -> None:
    if not _AXIS.fullmatch(axis):
        page.complain(node.keys[axis], f"{quoted(axis)} cannot be referred to; use letters, digits and '_'")


def _scalar(node: Node, page: Page) -> Scalar | None:
    if not isinstance(node, Scalar):
        page.complain(node.mark, "a matrix holds scalars only")
        return None
    if isinstance(node.value, str) and _PART_OF_TEXT.search(node.value):
        page.complain(node.mark, "a value of the matrix is no reference itself")
        return None
    return node


def _name(values: dict[str, Scalar]) -> str:
    """Printable, whatever the values are: it stands in reports and in names of folders."""
    named = values.get(_NAMES_THE_ROW)
    name = named.text if named else "-".join(scalar.text for scalar in values.values())
    return "".join(character if character.isprintable() else "?" for character in name)


def fill(document: Mapping, row: Row | None, page: Page) -> Mapping:
    """The document of one run. What is the author's own (`x-...`) and the matrix stay as they are.

    Without a row (the matrix has mistakes) references stay too, and nobody complains about them.
    """
    values = {
        key: value if key == "matrix" or key.startswith("x-") else _filled(value, row, page)
        for key, value in document.values.items()
    }
    return replace(document, values=values)


def _filled(node: Node, row: Row | None, page: Page) -> Node:
    if isinstance(node, Mapping):
        return replace(node, values={key: _filled(value, row, page) for key, value in node.values.items()})
    if isinstance(node, Sequence):
        return replace(node, items=tuple(_filled(item, row, page) for item in node.items))
    return _resolved(node, row, page) if "$" in node.text else node


def _resolved(node: Scalar, row: Row | None, page: Page) -> Scalar:
    reference = _REFERENCE.fullmatch(node.text)
    if reference and row is None:
        page.settled.add(node.mark)
        return node
    if reference and row and reference[1] in row.values:
        return replace(row.values[reference[1]], site=node.mark)
    if reference and row:
        axes = ", ".join(row.values) or "there is none"
        message = f"{quoted(node.text)} is not in matrix ({axes}); a reference is a whole value"
        page.complain(node.mark, message, settle=True)
    elif _PART_OF_TEXT.search(node.text):
        page.complain(node.mark, f"{quoted(node.text)}: a reference is a whole value, such as $name", settle=True)
    return node


def size(node: Node) -> int:
    """How many values a node holds."""
    if isinstance(node, Mapping):
        return 1 + sum(map(size, node.values.values()))
    return 1 + sum(map(size, node.items)) if isinstance(node, Sequence) else 1
