"""Results come in the order of the items, and items are taken as they are needed."""

from collections.abc import Iterator

from xlt.system.ordered_threads import AHEAD, in_order


def test_results_keep_their_order_and_few_rows_are_ahead():
    taken = []

    def items() -> Iterator[int]:
        for k in range(100):
            taken.append(k)
            yield k

    results = in_order(lambda k: k * k, items(), 3)
    assert next(results) == 0
    assert len(taken) <= AHEAD * 3
    assert list(results) == [k * k for k in range(1, 100)]
