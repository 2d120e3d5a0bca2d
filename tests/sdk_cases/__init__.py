"""How each operation is called through the official SDK: one module a family."""

from sdk_cases import account, calls

__all__ = ["account", "calls"]
