"""Uploaded media: audio that commands name by `media_name`, kept until its time is over."""

from typing import Final

from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.account.table import Asked, Mint, Row, Table
from telnyx_simulator.signaling.events import Content
from telnyx_simulator.signaling.payloads import iso_ms

_TYPES: Final = {"mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg", "txt": "text/plain"}
_UNKNOWN: Final = "application/octet-stream"


class Uploads(Table):
    """By media name. What came as a URL has no bytes before somebody fetched them (`keep`)."""

    def __init__(self, mint: Mint) -> None:
        super().__init__("media", {})
        self._mint = mint
        self._bytes: dict[str, bytes] = {}
        self._urls: dict[str, str] = {}
        self._ends_ns: dict[str, int] = {}
        self.answers |= {
            "media.upload": self._upload,
            "media.update": self._update,
            "media.download": self._download,
        }

    def of(self, name: str) -> bytes | None:
        return self._bytes.get(name)

    def url_of(self, name: str) -> str | None:
        return self._urls.get(name)

    def keep(self, name: str, content: bytes) -> None:
        """What was found under the URL."""
        if name in self.rows:
            self._bytes[name] = content

    def expire(self, unix_ns: int) -> None:
        for name in [name for name, end_ns in self._ends_ns.items() if end_ns <= unix_ns]:
            self.remove(name)

    def remove(self, key: str) -> Row:
        row = super().remove(key)
        self._bytes.pop(key, None)
        self._urls.pop(key, None)
        self._ends_ns.pop(key, None)
        return row

    def _upload(self, asked: Asked) -> Row:
        """A name that is taken is overwritten (assumed)."""
        self._demand_source(asked)
        name = asked.given.get("media_name") or self._mint("media_name")
        return self._put_in(name, asked)

    def _update(self, asked: Asked) -> Row:
        created = self.at(asked.key)["created_at"]
        if asked.command.upload is None and "media_url" not in asked.given:
            row = self.rows[asked.key] | {"updated_at": iso_ms(asked.unix_ns)}
            self.rows[asked.key] = row | self._lasting(asked.key, asked)
        else:
            self.rows[asked.key] = self._put_in(asked.key, asked) | {"created_at": created}
        return self.rows[asked.key]

    def _download(self, asked: Asked) -> Content:
        row, content = self.at(asked.key), self.of(asked.key)
        if content is None:
            raise rest.refused("audio_not_downloaded")
        return Content(content, row["content_type"])

    def _put_in(self, name: str, asked: Asked) -> Row:
        upload, url = asked.command.upload, asked.given.get("media_url")
        if upload is not None:
            self._bytes[name] = upload.content
            self._urls.pop(name, None)
        else:
            self._bytes.pop(name, None)
            self._urls[name] = url or ""
        told = upload.content_type if upload is not None else None
        kind = _TYPES.get((upload.file_name if upload is not None else url or "").rpartition(".")[2].lower())
        about = {"media_name": name, "content_type": told or kind or _UNKNOWN}
        return self.put(name, about | self._lasting(name, asked), asked.unix_ns)

    def _lasting(self, name: str, asked: Asked) -> Row:
        ttl_s = asked.given.get("ttl_secs", limits.MEDIA_TTL_S)
        self._ends_ns[name] = asked.unix_ns + ttl_s * 1_000_000_000
        return {"expires_at": iso_ms(self._ends_ns[name])}

    def _demand_source(self, asked: Asked) -> None:
        upload = asked.command.upload
        if upload is None and not asked.given.get("media_url"):
            raise rest.refused("missing_parameter", pointer="/media_url", name="media_url")
        if upload is not None and len(upload.content) > limits.MEDIA_BYTES_MAX:
            raise rest.refused("invalid_value", pointer="/media", detail="The maximum allowed size is 20 MB.")
