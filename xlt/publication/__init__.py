"""Models leave the house: the folder that is uploaded, and the Hub."""
