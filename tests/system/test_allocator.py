"""Allocator of GPU memory: set before torch is imported, unless the user has set it."""

import subprocess
import sys

import pytest

from xlt.system.allocator import OLDER, SETTING, use_growing_blocks


def test_it_is_set_where_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (SETTING, OLDER):
        monkeypatch.delenv(name, raising=False)
    assert use_growing_blocks()
    assert not use_growing_blocks(), "set now"
    monkeypatch.setenv(OLDER, "max_split_size_mb:128")
    monkeypatch.delenv(SETTING)
    assert not use_growing_blocks()


def test_a_run_sets_it_before_torch_is_there() -> None:
    code = (
        "import os, sys; os.environ.pop('PYTORCH_ALLOC_CONF', None);"
        "from xlt.recipe import command; command._begin();"
        "print(os.environ['PYTORCH_ALLOC_CONF'], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["expandable_segments:True", "False"], done.stderr
