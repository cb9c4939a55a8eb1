"""Rows to a vetted dataset, and its splits read back in batches."""
