"""Names of REST commands as scenarios say them: rows of `facts.operations`, built or not yet."""

from typing import Final

from telnyx_simulator.facts.operations import OPERATIONS

BUILT: Final = tuple(sorted(OPERATIONS))

# A GET of the URL that a webhook named, and no operation of the API.
NOT_BUILT_YET: Final = ("recording.download",)
