"""Two processes of one group on CPUs, without a launcher that would end one for the other."""

import os
import socket
import subprocess
import sys

PATIENCE_S = 240.0
"""What has not ended then hangs."""


def pair(code: str, *arguments: object, fail: bool = True) -> list[str]:
    """Output of two processes of one group, which both fail in the end, or both end well."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    known = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            env={**os.environ, **known, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [child.communicate(timeout=PATIENCE_S)[0] for child in children]
    finally:
        for child in children:
            child.kill()
    assert all(bool(child.returncode) is fail for child in children), said
    return [text.replace(f"[rank{rank}]: ", "") for rank, text in enumerate(said)]
