"""Recipes and their runs: `options.Recipe` declares a run, and `run.run` takes it from corpora to a report."""
