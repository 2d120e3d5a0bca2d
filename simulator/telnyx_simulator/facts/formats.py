"""Formats of what stands in bodies and headers, as regular expressions over the whole text."""

from typing import Final

# rest-api facts, section 2: `v3:` and 54 characters of URL-safe base64 (40 bytes) in every observed token.
CALL_CONTROL_ID: Final = "call_control_id"
UUID: Final = "uuid"
DECIMAL_ID: Final = "decimal_id"  # connections, numbers: decimal text of 16 to 19 digits, never a JSON number (spec)
TIMESTAMP_MS: Final = "timestamp_ms"  # REST resources (spec)
TIMESTAMP_US: Final = "timestamp_us"  # webhooks (observed)
TIMESTAMP_US_LOCAL: Final = "timestamp_us_local"  # verified numbers: without a zone (spec)
PHONE: Final = "phone"
DECIMAL_TEXT: Final = "decimal_text"

PATTERNS: Final[dict[str, str]] = {
    CALL_CONTROL_ID: r"v3:[A-Za-z0-9_-]{54}",
    UUID: r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    DECIMAL_ID: r"[1-9][0-9]{15,18}",
    TIMESTAMP_MS: r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z",
    TIMESTAMP_US: r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z",
    TIMESTAMP_US_LOCAL: r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}",
    PHONE: r"\+[1-9][0-9]{6,14}|sips?:.+|anonymous",
    DECIMAL_TEXT: r"\d+(\.\d+)?",
}

E164: Final = r"\+[1-9][0-9]{6,14}"
SIP_URI: Final = r"sips?:[^\s@]+@[^\s@]+"
