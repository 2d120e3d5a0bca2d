"""How well the diagnosis of audio names what went wrong: cases made at random, and the score. `make bench-audio`."""
