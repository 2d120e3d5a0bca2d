"""The heat map of statuses of one invocation, out of the traces that it left."""

from collections.abc import Iterable
from typing import Any, Final

from telnyx_simulator.checks.call_ends import call_ends
from telnyx_simulator.report.outcome import Outcome
from telnyx_simulator.report.status_matrix import StatusMatrix
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.trace import Trace

# Runs that exercise a requirement of this family are looked at: to read all would take as long as a good part of them.
FAMILY: Final = "status."


def statuses_of(outcomes: Iterable[Outcome], profile: Profile) -> StatusMatrix | None:
    """None where no run was about the status of a call, or none left a trace."""
    about = [one for one in outcomes if any(name.startswith(FAMILY) for name in one.requirement)]
    traces = [one.trace for one in about if one.trace is not None and one.trace.is_dir()]
    if not traces:
        return None
    return StatusMatrix.of((end for trace in traces for end in call_ends(Trace.read(trace))), profile.status_map)


def statuses_json(matrix: StatusMatrix) -> dict[str, Any]:
    return {
        "coverage": round(matrix.coverage, 4),
        "not_seen": matrix.unseen,
        "unmapped": matrix.unmapped,
        "never_reached": matrix.unreached,
    }
