"""Names of REST commands as scenarios say them: rows of `facts.operations`, and what is a request without being one."""

from typing import Final

from telnyx_simulator.facts.operations import OPERATIONS

# A GET of the URL that a webhook named, and no operation of the API.
DOWNLOAD: Final = "recording.download"
COMMANDS: Final = tuple(sorted((*OPERATIONS, DOWNLOAD)))
