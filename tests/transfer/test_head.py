"""The letter-aware head: which row comes from where, and that its numbers are those rows."""

import pytest
import torch
from checkpoints import ENGLISH
from hypothesis import given
from hypothesis import strategies as st

from xlt.language import rules
from xlt.language.labels import Labels, labels
from xlt.transfer.head import base_letters, build_head, fresh_rows, match

LOWER = ("[PAD]", "|", "[UNK]", *"abcdefghijklmnopqrstuvwxyz'")


def source_labels(*tokens: str) -> Labels:
    """Labels as `read_labels` gives them: the special ids by the usual names."""
    where = {token: i for i, token in enumerate(tokens)}
    return Labels(
        tokens=tokens,
        blank=where.get("[PAD]", where.get("<pad>", 0)),
        delimiter=where.get("|"),
        unknown=where.get("[UNK]", where.get("<unk>")),
        others=tuple(where[t] for t in ("<s>", "</s>") if t in where),
    )


@pytest.mark.parametrize(
    ("letter", "base"),
    [
        ("Á", "a"),
        ("ñ", "n"),
        ("ç", "c"),
        ("ß", "ss"),
        ("ẞ", "ss"),
        ("ü", "u"),
        ("æ", "ae"),
        ("x", "x"),
    ],
)
def test_letters_lose_case_and_accent(letter: str, base: str) -> None:
    assert base_letters(letter) == base


def how(target: str, source: Labels) -> dict[str, tuple[str, tuple[str, ...]]]:
    rows = match(source, labels(rules.get(target)))
    return {row.token: (row.how, row.sources) for row in rows}


def test_spanish_from_lower_case_english() -> None:
    rows = how("es", source_labels(*LOWER))
    assert rows["[PAD]"] == ("blank", ("[PAD]",))
    assert rows["|"] == ("delimiter", ("|",))
    assert rows["e"] == ("same letter", ("e",))
    assert rows["ñ"] == ("accent fold", ("n",))
    assert rows["é"] == ("accent fold", ("e",))
    assert all(kind != "fresh" for kind, _ in rows.values())


def test_german_from_the_upper_case_alphabet_of_29() -> None:
    rows = how("de", source_labels(*ENGLISH))
    assert rows["[PAD]"] == ("blank", ("<pad>",))
    assert rows["e"] == ("case fold", ("E",))
    assert rows["ö"] == ("accent fold", ("O",))
    assert rows["ß"] == ("accent fold", ("S",))


def test_several_candidates_are_averaged() -> None:
    rows = how("es", source_labels("[PAD]", "|", "ù", "û"))
    assert rows["u"] == ("mean of several", ("ù", "û"))
    assert rows["ü"] == ("mean of several", ("ù", "û"))
    assert rows["b"] == ("fresh", ())


def test_an_accented_letter_that_the_source_has_is_not_folded() -> None:
    rows = how("pt", source_labels("[PAD]", "|", "a", "ã", "Ç"))
    assert rows["ã"] == ("same letter", ("ã",))
    assert rows["ç"] == ("case fold", ("Ç",))
    assert rows["â"] == ("accent fold", ("a",))


def test_rows_are_copied_and_averaged_exactly() -> None:
    source = source_labels("[PAD]", "|", "a", "ù", "û")
    weight, bias = torch.randn(5, 4), torch.randn(5)
    target = labels(rules.get("es"))
    rows = match(source, target)
    new_weight, new_bias = build_head(rows, 4, (weight, bias, source), seed=3)
    at = target.tokens.index
    assert torch.equal(new_weight[at("á")], weight[2])
    assert torch.equal(new_weight[0], weight[0])
    torch.testing.assert_close(new_weight[at("u")], (weight[3] + weight[4]) / 2)
    torch.testing.assert_close(new_bias[at("u")], (bias[3] + bias[4]) / 2)
    assert new_bias[at("b")] == 0


def test_fresh_rows_take_nothing() -> None:
    target = labels(rules.get("es"))
    source = source_labels(*LOWER)
    rows = fresh_rows(target)
    head = build_head(rows, 4, (torch.full((30, 4), 9.0), torch.ones(30), source), seed=1)
    assert torch.equal(head[0], build_head(rows, 4, None, seed=1)[0])
    assert head[0].abs().max() < 1
    assert not torch.equal(head[0], build_head(rows, 4, None, seed=2)[0])


@given(
    st.lists(st.characters(), unique=True, max_size=30), st.sampled_from(["es", "pt", "de", "en"])
)
def test_any_alphabet_gives_a_row_for_every_label(letters: list[str], code: str) -> None:
    source = source_labels("[PAD]", *(c for c in letters if c != "|"))
    target = labels(rules.get(code))
    rows = match(source, target)
    assert [row.token for row in rows] == list(target.tokens)
    for row in rows:
        assert (row.how == "fresh") == (not row.sources)
        assert set(row.sources) <= set(source.tokens)
