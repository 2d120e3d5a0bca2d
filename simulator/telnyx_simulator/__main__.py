"""`python -m telnyx_simulator`: the same as `telnyx-sim`."""

from telnyx_simulator.cli import main

main()
