"""The one door to the data that ships with the package: scenarios, requirements, fixtures.

An installed wheel carries them as `_data/`; a checkout has them beside `simulator/`.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_folder() -> Path:
    packaged = _PACKAGE / "_data"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent


def scenario_folder() -> Path:
    """The library of scenarios."""
    return data_folder() / "scenarios"


def catalogue_folder() -> Path:
    """The requirements for an application."""
    return data_folder() / "conformance" / "sut"


def clip_file(name: str) -> Path:
    """The file of a clip that ships with us, such as `speech/en-1`; it may not exist."""
    return data_folder() / "fixtures" / "audio" / f"{name}.wav"


def clip_names() -> list[str]:
    folder = data_folder() / "fixtures" / "audio"
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.glob("*/*.wav"))


def test_private_key() -> bytes:
    """The published Ed25519 test key (PEM). Anybody may know it: it must never guard anything real."""
    return (data_folder() / "fixtures" / "keys" / "TEST-ONLY-ed25519.pem").read_bytes()


def demo_file() -> Path:
    return data_folder() / "fixtures" / "reference_app" / "demo.yaml"
