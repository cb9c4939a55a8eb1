"""Every test runs offline, on the CPU, on one thread, from the same seeds, and away from the user's own caches."""

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import hypothesis
import hypothesis.configuration
import pytest

# Before any library is imported: they read these once.
_HOME = tempfile.TemporaryDirectory(prefix="xlt-tests-")
os.environ |= {
    "HF_HOME": _HOME.name,
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
for name in ("HF_TOKEN", "HF_ENDPOINT", "XLT_DATA"):
    os.environ.pop(name, None)
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")  # set it to run the tests with a GPU in sight

hypothesis.configuration.set_hypothesis_home_dir(Path(__file__).parent.parent / ".cache/hypothesis")
hypothesis.settings.register_profile("xlt", derandomize=True, deadline=None)
hypothesis.settings.register_profile("quick", derandomize=True, deadline=None, max_examples=20)
hypothesis.settings.load_profile("xlt")  # `make test-quick` asks for the other


def _stay_offline(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: a connection that leaves the machine is an error."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if host != "localhost" and not ip_address(host.partition("%")[0]).is_loopback:
        raise RuntimeError(f"a test tried to connect to {arguments[1]}: tests run without network")


sys.addaudithook(_stay_offline)


@pytest.fixture(autouse=True)
def _same_seeds() -> None:
    """Seed what a test may draw from; numpy and torch only where a test module has imported them."""
    random.seed(0)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _own_accelerator() -> Iterator[None]:
    """Accelerate keeps one state a process; each test may ask for another precision."""
    yield
    if state := sys.modules.get("accelerate.state"):
        state.AcceleratorState._reset_state(reset_partial_state=True)
