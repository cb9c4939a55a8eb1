"""Languages: their letters, their text read aloud, their CTC labels."""
