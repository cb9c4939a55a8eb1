"""Decodings: from the logits of a CTC model to text."""
