"""The scenario language in Python: people with the same verbs, qualifiers as keywords, values as the same texts.

async with TelnyxSimulator("sut.yaml") as sim:
    caller = sim.incoming_call(leg_codec="PCMA")
    await caller.dial()
    await caller.expect("answer", within="2s")
    await caller.play("speech/en-1")
    await caller.expect(heard="speech/en-1", min_snr="25 dB")
    await caller.hangup()
"""

from telnyx_simulator.api.people import Person
from telnyx_simulator.api.provider_cases import ProviderCase, provider_cases, provider_findings
from telnyx_simulator.api.script import Inconclusive, NotExercised, Unmet
from telnyx_simulator.api.simulator import Simulated, TelnyxSimulator
from telnyx_simulator.sut.provider import Provider, ProviderSettings

__all__ = [
    "Inconclusive",
    "NotExercised",
    "Person",
    "Provider",
    "ProviderCase",
    "ProviderSettings",
    "Simulated",
    "TelnyxSimulator",
    "Unmet",
    "provider_cases",
    "provider_findings",
]
