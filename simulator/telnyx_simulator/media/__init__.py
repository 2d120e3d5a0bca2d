"""The media plane, sans IO: what each leg says and hears, fifty frames a second, with time as an argument.

Each leg has a mouth and an ear. The application hears the mouth (through the stream), and the ear hears what
the application says. A leg's next frame comes from a source: `planned` (encoded once, sent from memory) or, where legs
will be mixed, `live`; both are a `sources.Source`.
"""
