"""The REST operations: path, parameters with their rules, and the fields of the reply; one module a family."""

from typing import Final

from telnyx_simulator.facts.operations.account import ACCOUNT
from telnyx_simulator.facts.operations.brains import BRAINS
from telnyx_simulator.facts.operations.calls import CALLS
from telnyx_simulator.facts.operations.conferences import CONFERENCES
from telnyx_simulator.facts.operations.numbers import NUMBERS
from telnyx_simulator.facts.operations.queues import QUEUES
from telnyx_simulator.facts.operations.recordings import RECORDS
from telnyx_simulator.facts.operations.sounds import SOUNDS
from telnyx_simulator.facts.operations.table import Operation, Param

__all__ = ["OPERATIONS", "Operation", "Param"]

OPERATIONS: Final[dict[str, Operation]] = CALLS | SOUNDS | BRAINS | CONFERENCES | QUEUES | RECORDS | ACCOUNT | NUMBERS
