"""Publication of a model: the exact folder that is uploaded, and the Hub."""
