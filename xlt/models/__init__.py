"""Checkpoints: model families, opening them safely, their inputs, and what makes them fast on CPUs."""
