"""Sends requests for Telnyx to the simulator, and lets none through to Telnyx, in a process that knows nothing of it.

Two nets, one behind the other. `redirecting` rewrites requests where the libraries send them, as these are imported.
`refusing` lies below all libraries: no name of Telnyx's is looked up, no TLS is spoken with it, through a proxy either.
What ends there is an error for the application and a line in the file of refusals, which the simulator reads.
"""

from __future__ import annotations

import sys

from . import children, redirecting, refusing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Module -> what is done to it once it is imported.
PATCHES: dict[str, list[Any]] = {}
for _each in (redirecting, refusing, children):
    for _name, _patch in _each.PATCHES.items():
        PATCHES.setdefault(_name, []).append(_patch)

_installed = False


def install() -> None:
    """Once in a process; a second time does nothing."""
    global _installed
    if _installed:
        return
    _installed = True
    sys.addaudithook(refusing.audit)
    for name, patches in PATCHES.items():
        # A `.pth` file may have imported it before us.
        if name in sys.modules:
            _apply(patches, sys.modules[name])
    sys.meta_path.insert(0, _Finder())


def _apply(patches: Any, module: Any) -> None:
    for patch in patches:
        patch(module)


class _Finder:
    """Finds the modules that are patched, by asking all others."""

    def find_spec(self, fullname: Any, path: Any = None, target: Any = None) -> Any:
        patches = PATCHES.get(fullname)
        if patches is None:
            return None
        for finder in sys.meta_path:
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec = find_spec(fullname, path, target) if find_spec else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Patching(spec.loader, patches)
                return spec
        return None


class _Patching:
    """Loads as the loader does whose place it takes for that moment, and patches what was loaded."""

    def __init__(self, inner: Any, patches: Any) -> None:
        self._inner = inner
        self._patches = patches

    def create_module(self, spec: Any) -> Any:
        return self._inner.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__loader__ = module.__spec__.loader = self._inner
        self._inner.exec_module(module)
        _apply(self._patches, module)
