"""How each operation is called through the official SDK: one module a family."""

from sdk_cases import account, brains, calls, history, media, numbers, recordings, sounds

__all__ = ["account", "brains", "calls", "history", "media", "numbers", "recordings", "sounds"]
