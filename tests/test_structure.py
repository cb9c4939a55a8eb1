"""The measures of tests/structure.py, on graphs and files made for them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from structure import ORDER, arrows, arrows_up, circles, double_names, floors, rooms, within


def test_the_measures_of_a_graph():
    """Two modules of one room that import each other, below a chain of two more rooms."""
    graph = {
        "xlt.language.text": {"xlt.language.rules", "xlt.system.files"},
        "xlt.language.rules": {"xlt.language.text"},
        "xlt.system.files": {"xlt.system.lock"},
        "xlt.system.lock": {"xlt.audio.decode"},
        "xlt.audio.decode": set(),
    }
    assert circles(graph) == [["xlt.language.rules", "xlt.language.text"]]
    assert floors(graph) == 4
    assert arrows(within(graph, "xlt.language")) == 2
    top = rooms(graph)
    assert (len(top), arrows(top), floors(top), circles(top)) == (3, 2, 3, [])
    assert arrows_up(top, ORDER) == [("xlt.system", "xlt.audio")]


def test_double_names_are_found(tmp_path):
    for name, text in {
        "a": "class A: pass",
        "b": "class A: pass\nclass _B: pass",
        "c": "class _B: pass",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    assert set(double_names(sorted(tmp_path.glob("*.py")))) == {"A"}
