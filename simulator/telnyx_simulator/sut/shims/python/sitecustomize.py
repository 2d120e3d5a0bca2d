"""Run by each Python process whose PYTHONPATH begins with this folder, before the application itself.

It sends what is meant for Telnyx to the simulator (`telnyx_sim_shim`), and then runs the `sitecustomize` that would
have been run without us. It runs in the application's Python: 3.8 or newer, the standard library alone.
"""

import os
import sys

import telnyx_sim_shim  # type: ignore[import-not-found]  # it lies beside this file, and this folder is on the path

telnyx_sim_shim.install()


def _run_the_other() -> None:
    from importlib.machinery import PathFinder

    own = os.path.dirname(os.path.abspath(__file__))
    path = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != own]
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec is None or spec.loader is None:
        return
    from importlib.util import module_from_spec

    # In our place, so that `import sitecustomize` finds the one that the application knows.
    sys.modules["sitecustomize"] = module = module_from_spec(spec)
    spec.loader.exec_module(module)


_run_the_other()
