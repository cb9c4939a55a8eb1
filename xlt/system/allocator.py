"""Allocator of GPU memory that can grow its blocks, asked for before torch is imported.

Batches differ in shape at every step, and blocks of fixed sizes would leave gaps between them.
"""

import os

SETTING = "PYTORCH_ALLOC_CONF"
OLDER = "PYTORCH_CUDA_ALLOC_CONF"
"""The name that the setting had; torch reads it still."""


def use_growing_blocks() -> bool:
    """Ask torch's allocator for segments that can grow; False where the user has set it already."""
    if SETTING in os.environ or OLDER in os.environ:
        return False
    os.environ[SETTING] = "expandable_segments:True"
    return True
