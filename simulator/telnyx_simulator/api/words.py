"""Keywords of the Python twin, typed: the keys of the language with the same texts as values.

Where Python owns the word, an underscore stands behind it (`with_`, `for_`, `from_`).
"""

from typing import Any, TypedDict

Value = str | dict[str, Any]
"""A word, or a matcher for one: `"answer"`, `{"one_of": ["answer", "reject"]}`."""


class Expected(TypedDict, total=False):
    """An expectation: one subject, then qualifiers (`docs/scenario-language.md` 3.4)."""

    command: Value
    webhook: Value
    stream: Value
    message: Value
    heard: Value
    received: Value
    status: Value
    hangup_cause: Value
    effect: str
    with_: dict[str, Any]
    reply: str | int
    within: str
    for_: str
    times: str | int
    min_snr: str
    measure: str
    account: str
    min: str | int | float
    max: str | int | float
    percentile: int | float
    why: str
    requirement: str | list[str]


class Treated(TypedDict, total=False):
    """How deliveries of a webhook depart from the truth (`docs/scenario-language.md` 3.5)."""

    nth: int
    share: str
    delay: str
    jitter: str
    after: str
    duplicate: str | list[str]
    drop: bool
    lose_ack: int
    with_: dict[str, Any]
    without: list[str]
    signature: str
    timestamp: str
    shape: str
    headers: str | dict[str, str]
    rename: str


class Answered(TypedDict, total=False):
    """How REST commands are answered (`docs/scenario-language.md` 3.5)."""

    nth: int
    share: str
    delay: str
    error: int | dict[str, int]
    lose_reply: bool
    reset: bool


class Called(TypedDict, total=False):
    """A call, beside its direction (`docs/scenario-language.md` 3.2)."""

    from_: str
    to: str
    leg_codec: str
    mic: str
    line: str | dict[str, Any]
    stream: dict[str, Any]
    headers: dict[str, str]
    with_: dict[str, Any]


class Account(TypedDict, total=False):
    """The account at the start (`docs/scenario-language.md` 3.1)."""

    applications: dict[str, dict[str, Any]]
    numbers: dict[str, str]
    webhook_timeout: str
    webhook_retries: list[str]
    failover: str
    hang_up_on_timeout: bool
    call_cost: bool
    first_command_timeout: str
