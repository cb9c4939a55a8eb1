"""Recognition: from samples to text."""
