"""Forms with a file in them (RFC 7578), as media is uploaded: read as far as the REST surface needs them."""

import re
from typing import Any

from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.inputs import Upload

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]+)"|([^;\s]+))')
_PARAMETER = re.compile(r'[;\s](filename|name)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_WHOLE = re.compile(r"[0-9]{1,12}")


def fields_and_file(raw: bytes, content_type: str) -> tuple[dict[str, Any], Upload | None]:
    """The fields of a form, and the file in it if there is one, under whose field stands its name.

    Fields of digits are numbers: a form has no types, and the operations have.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise rest.refused("malformed_json", detail="The form has no boundary.")
    fields: dict[str, Any] = {}
    upload = None
    _, *parts = (b"\r\n" + raw).split(b"\r\n--" + (found[1] or found[2]).encode())
    for part in parts:
        if part.startswith(b"--"):
            return fields, upload
        head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = dict(_header(line) for line in head.decode("utf-8", "replace").split("\r\n"))
        parameters = {name.lower(): value for name, value in _PARAMETER.findall(headers.get("content-disposition", ""))}
        name = parameters.get("name")
        if not separator or name is None:
            break
        if "filename" in parameters:
            upload = Upload(parameters["filename"], headers.get("content-type"), content)
            fields[name] = parameters["filename"]
        else:
            text = content.decode("utf-8", "replace")
            fields[name] = int(text) if _WHOLE.fullmatch(text) and name != "media_name" else text
    raise rest.refused("malformed_json", detail="The form is broken off.")


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()
