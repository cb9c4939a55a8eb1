"""What the project is for: a source checkpoint becomes a model for another language."""

from xlt.models.source import Source, SourceRefused, load_source
from xlt.transfer.surgery import Regularisation, Transfer, TransferReport, trainable, transfer

__all__ = [
    "Regularisation",
    "Source",
    "SourceRefused",
    "Transfer",
    "TransferReport",
    "load_source",
    "trainable",
    "transfer",
]
