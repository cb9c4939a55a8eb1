"""Key of a published transcript, by which splits are drawn whatever a language or a user chooses."""

from hashlib import blake2b
from unicodedata import normalize


def transcript_key(published: str) -> str:
    """Digest of a published transcript: letters and digits, in lower case, without accents.

    These rules never change, whatever a language or a user chooses: splits are drawn by it.
    """
    parts = normalize("NFKD", normalize("NFKD", published).casefold())
    folded = "".join(letter for letter in parts if letter.isalnum()) or published
    return blake2b(folded.encode(), digest_size=12).hexdigest()
