"""Coverage of texts by an alphabet: letters, words and sentences that it can and can't write."""
