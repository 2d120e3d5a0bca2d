"""The carrier's signaling, sans IO: no await, no clock, no chance but keyed draws, no logging.

Time is integer nanoseconds since the run began, handed in with every call: `switch.handle(command, now)`,
`switch.next_deadline()`, `switch.advance(now)`.
"""
