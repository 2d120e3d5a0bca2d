"""Text to speech by espeak-ng, where it is installed. It runs off the loop, in a process of its own."""

import re
import shutil
import subprocess
from typing import Final

PROGRAM: Final = "espeak-ng"
_TIMEOUT_S: Final = 20.0
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_MALE: Final = re.compile(r"\b(male|man|matthew|brian|guy|joey|justin|eric|adam)\b", re.IGNORECASE)


def program() -> str | None:
    """Its path, if there is one."""
    return shutil.which(PROGRAM)


def spoken(text: str, voice: str | None, language: str | None) -> bytes | None:
    """A WAV file; None where espeak-ng is not installed, or cannot say it."""
    path = program()
    if path is None:
        return None
    variant = "m3" if voice and _MALE.search(voice) else "f3"
    for one in _languages(language):
        # The text is its input, never an argument.
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            [path, "-b", "1", "-v", f"{one}+{variant}", "--stdin", "--stdout"],
            input=text.encode(errors="replace"),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if done.returncode == 0 and done.stdout[:4] == b"RIFF":
            return done.stdout
    return None


def _languages(language: str | None) -> list[str]:
    """What to try: the language, its family, and English, which it always has."""
    if language is None or not _LANGUAGE.fullmatch(language):
        return ["en-us"]
    return list(dict.fromkeys([language.lower(), language.lower().split("-")[0], "en-us"]))
