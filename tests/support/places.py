"""Folders that tests look into."""

from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
GOLDEN = TESTS / "golden"
SUPPORT = TESTS / "support"
RECIPES = sorted((ROOT / "recipes").glob("*.py"))
