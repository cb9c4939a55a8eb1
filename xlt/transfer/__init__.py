"""Transfer: a source checkpoint becomes a model for another language.

The names below are imported when they are first asked for, since torch and transformers come with
them. The package can be called: `from xlt import transfer` gives it, and `transfer(source, labels)`
is `xlt.transfer.surgery.transfer`.
"""

import sys
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlt.models.safety import ModelRefused
    from xlt.models.source import Source, load_source
    from xlt.transfer.freezing import trainable
    from xlt.transfer.options import Regularisation, Transfer
    from xlt.transfer.surgery import TransferReport, transfer

__all__ = [
    "ModelRefused",
    "Regularisation",
    "Source",
    "Transfer",
    "TransferReport",
    "load_source",
    "trainable",
    "transfer",
]
_HOMES = {
    "Regularisation": "xlt.transfer.options",
    "ModelRefused": "xlt.models.safety",
    "Source": "xlt.models.source",
    "Transfer": "xlt.transfer.options",
    "TransferReport": "xlt.transfer.surgery",
    "load_source": "xlt.models.source",
    "trainable": "xlt.transfer.freezing",
    "transfer": "xlt.transfer.surgery",
}
"""Public name -> the module that defines it."""


def __getattr__(name: str) -> Any:
    """A public name, from its module; `__signature__` is what `help` shows of a call."""
    if name == "__signature__":
        return signature(import_module("xlt.transfer.surgery").transfer)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


class _Callable(ModuleType):
    """A module that is called as the function of its name."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Make a model for an alphabet out of a source: see `xlt.transfer.surgery.transfer`."""
        return import_module("xlt.transfer.surgery").transfer(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
