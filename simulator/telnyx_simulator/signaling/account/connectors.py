"""SIPREC connectors, by name."""

from typing import Final

from telnyx_simulator.signaling.account.table import Asked, Row, Table

_USUAL: Final[Row] = {"record_type": "siprec_connector", "app_subdomain": None}


class Connectors(Table):
    def __init__(self) -> None:
        super().__init__("siprec_connector", _USUAL)
        self.answers |= {
            "siprec_connector.create": lambda asked: self.put(asked.given["name"], asked.given, asked.unix_ns),
            "siprec_connector.update": self._update,
        }

    def _update(self, asked: Asked) -> Row:
        """With another name it is found under that one from now on."""
        row = self.change(asked.key, asked.given, asked.unix_ns)
        del self.rows[asked.key]
        self.rows[row["name"]] = row
        return row
