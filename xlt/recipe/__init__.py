"""Recipes and their runs: `options.Recipe` declares a run, and `command.run` takes it from corpora to a report."""
