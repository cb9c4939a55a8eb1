"""Reading ahead: the order of the items, from the same processes all along; errors keep their sentence.

Also tests: xlt/recognition/batch_inputs.py
"""

import itertools
import os

import pytest

from xlt.recognition.read_ahead import read_ahead


def process_of(item: int) -> tuple[int, int]:
    return item, os.getpid()


@pytest.mark.parametrize("workers", [0, 2])
def test_items_come_in_their_order_and_are_asked_for_as_needed(workers: int) -> None:
    asked = []

    def endless():
        for k in itertools.count():
            asked.append(k)
            yield k

    made = read_ahead(process_of, endless(), workers=workers, batch_s=1.0)
    found = [next(made) for _ in range(40)]
    assert [item for item, _ in found] == list(range(40))
    assert len({process for _, process in found}) == max(1, workers), "none is started anew"
    assert ({process for _, process in found} == {os.getpid()}) is (workers == 0)
    assert len(asked) < 60


def refuse(item: int) -> int:
    if item == 2:
        raise OSError("clip 2 is not where it was")
    return item


@pytest.mark.parametrize(("workers", "error"), [(0, OSError), (1, ValueError)])
def test_an_error_is_its_own_sentence(workers: int, error: type[Exception]) -> None:
    made = read_ahead(refuse, range(4), workers=workers, batch_s=1.0)
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(error, match="^clip 2 is not where it was$"):
        next(made)


def test_it_ends_with_its_items() -> None:
    assert list(read_ahead(refuse, [0, 1], workers=1, batch_s=1.0)) == [0, 1]
