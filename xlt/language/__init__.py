"""What a language is: its letters, how its text is read aloud, its CTC labels."""
