"""Recipes as values, and the whole way through one: the only room that sees every other."""
