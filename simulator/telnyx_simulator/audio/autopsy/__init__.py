"""The codec autopsy: names the fault that lies between what was sent and what was heard."""

from telnyx_simulator.audio.autopsy.autopsy import autopsy
from telnyx_simulator.audio.autopsy.events import Event
from telnyx_simulator.audio.autopsy.hypotheses import Sound
from telnyx_simulator.audio.autopsy.report import Autopsy, NamedFault, Scored, Stretch, Verdict

__all__ = ["Autopsy", "Event", "NamedFault", "Scored", "Sound", "Stretch", "Verdict", "autopsy"]
