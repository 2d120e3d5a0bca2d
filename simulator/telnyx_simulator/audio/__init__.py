"""Codecs, signals, and the judgment of what was heard. Pure functions on numpy arrays; imports nothing of ours.

`codecs` and `g711` turn samples into bytes and back. `signals` reads, resamples and levels. `fidelity.judge` finds a
clip in what was heard and measures it, `diagnosis` names the codec mistake that explains what it finds. Beneath them,
`occurrences` searches, `alignment` follows, `telephone_band` filters.
"""
