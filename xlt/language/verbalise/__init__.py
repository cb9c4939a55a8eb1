"""Written forms read aloud: numbers, dates, times, money, abbreviations and the like."""
