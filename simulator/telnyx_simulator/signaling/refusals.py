"""Errors in Telnyx's envelope, from the table `facts.errors`."""

import re
from typing import Any

from telnyx_simulator.facts.errors import DOCUMENTATION_URL, ERRORS, documented


class Refused(Exception):
    """A command that is answered with errors instead of an effect."""

    def __init__(self, status: int, errors: list[dict[str, Any]]) -> None:
        super().__init__(status, errors)
        self.status = status
        self.body = {"errors": errors}


def error(
    fact_name: str, /, *, pointer: str | None = None, parameter: str | None = None, **words: object
) -> dict[str, Any]:
    """One element of `errors`: the fact called `fact_name`, its text filled in.

    `pointer` is the place in the body, `parameter` the name in the query.
    """
    fact = ERRORS[fact_name]
    body: dict[str, Any] = {"code": fact.code, "title": fact.title, "detail": fact.detail.format(**words)}
    pointer = pointer or fact.pointer
    if parameter:
        body["source"] = {"parameter": parameter}
    elif pointer:
        body["source"] = {"pointer": pointer}
    if fact.documented_url:
        body["meta"] = {"url": DOCUMENTATION_URL + fact.code}
    return body


def refused(fact_name: str, /, *, pointer: str | None = None, parameter: str | None = None, **words: object) -> Refused:
    return Refused(ERRORS[fact_name].status, [error(fact_name, pointer=pointer, parameter=parameter, **words)])


def forced(code: str | None, status: int | None) -> tuple[int, dict[str, Any]]:
    """Status and body of an error that has no reason of its own; without a code it is plain HTTP, with no body."""
    if code is None:
        return status or 500, {}
    fact = documented(code, status)
    # What a detail would name was not asked for.
    body = {"code": fact.code, "title": fact.title, "detail": re.sub(r"\{\w+\}", "...", fact.detail)}
    source = {"source": {"pointer": fact.pointer}} if fact.pointer else {}
    meta = {"meta": {"url": DOCUMENTATION_URL + fact.code}} if fact.documented_url else {}
    return status or fact.status, {"errors": [body | source | meta]}
