"""Transfer: a source checkpoint becomes a model for another language."""

from xlt.models.safety import ModelRefused
from xlt.models.source import Source, load_source
from xlt.transfer.freezing import trainable
from xlt.transfer.surgery import Regularisation, Transfer, TransferReport, transfer

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
