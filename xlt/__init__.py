"""Cross-lingual transfer for speech recognition: corpus in, published recogniser out."""

__version__ = "0.1.0"
