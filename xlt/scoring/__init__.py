"""Errors counted: alignment, word and character errors, intervals, comparisons."""
