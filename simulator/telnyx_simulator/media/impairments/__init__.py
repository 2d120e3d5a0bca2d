"""What a line does to frames and to sound, planned: arrays in, schedule out; no clock, no network.

*Fates* (`fates`) are what becomes of each frame: lost, late by so much, said twice. Impairments of frames change the
fates of a block of them, one after another in the order of the list; what an impairment has to remember from block to
block (the state of a Markov chain, the last arrival) it keeps itself. Impairments of sound change the samples of one
frame at its tick. Those of the WebSocket (`pipe`) tell when so many octets get through. Each is one small file;
`line` makes them of what a scenario says.
"""
