"""Circumstances under which errors were counted; a score travels with them and names them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from xlt.scoring.align import MINIMUM, RULES, EditCosts


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """All that a figure depends on beside the texts. Nothing that is only a name has a default."""

    data: str
    """Name of the corpus."""
    split: str
    decoder: str
    """Name of the decoding that wrote the hypotheses, such as `greedy`."""
    normaliser: str
    """Version of the rules that both sides went through; `none` for texts as they are."""
    seed: int | None = field(compare=False)
    """Seed of bootstrap and permutations; None where a stored score does not say it. It decides
    nothing that is counted, so conditions that differ in it alone are equal."""
    costs: EditCosts = MINIMUM
    """Weights that errors are counted by."""

    def to_dict(self) -> dict[str, Any]:
        """The fields that are stored with a score."""
        return {
            "normaliser": self.normaliser,
            "data": self.data,
            "split": self.split,
            "decoder": self.decoder,
            "counting": self.costs.name,
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `to_dict` made, among whatever else a stored score holds.

        Raises:
            ValueError: the errors were counted by a rule that this version does not know.
        """
        counting = fields.get("counting", MINIMUM.name)  # older scores had this rule only
        if counting not in RULES:
            raise ValueError(
                f"A score was counted by the rule {counting!r}; known are {', '.join(RULES)}. "
                "Upgrade xlt."
            )
        return cls(
            **{name: fields[name] for name in ("data", "split", "decoder", "normaliser")},
            seed=None,
            costs=RULES[counting],
        )
