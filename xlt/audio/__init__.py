"""Recordings: decoding, frames, trimming, augmentation, signal-to-noise ratio."""
