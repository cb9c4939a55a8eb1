"""Score of an untrained source: letters after folding, and the decoding that wrote them."""

from scored import under

from xlt.transfer.preview import fold, preview_score


def test_both_sides_are_folded() -> None:
    assert fold("Año ß") == "ano ss"
    found = preview_score(["año nuevo"], ["ANO NUEBO"], under(decoder="beam 8"))
    assert found.characters.errors == 1
    assert found.characters.rate == 1 / 8, "spaces are not letters"
    assert found.conditions.decoder == "beam 8, folded letters"
