"""What a recording is: decoding, frames, trimming, augmentation."""
