"""How each operation is called through the official SDK: one module a family, each of which registers its cases."""

import importlib
import pkgutil

for module in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(module.name)
