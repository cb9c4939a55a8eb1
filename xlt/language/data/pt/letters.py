"""Portuguese names of letters, words in capitals, and parts of e-mail and web addresses.

Names of the letters: Acordo Ortográfico da Língua Portuguesa (1990), Base I.
"""

from collections.abc import Mapping

LETTER_NAMES: Mapping[str, str] = {
    "a": "a",
    "b": "bê",
    "c": "cê",
    "d": "dê",
    "e": "é",
    "f": "efe",
    "g": "gê",
    "h": "agá",
    "i": "i",
    "j": "jota",
    "k": "cá",
    "l": "ele",
    "m": "eme",
    "n": "ene",
    "o": "ó",
    "p": "pê",
    "q": "quê",
    "r": "erre",
    "s": "esse",
    "t": "tê",
    "u": "u",
    "v": "vê",
    "w": "dáblio",
    "x": "xis",
    "y": "ípsilon",
    "z": "zê",
    "ç": "cê cedilha",
}
"""Lower-case letter -> its name; those with an accent have none of their own."""

_VOWEL = "[aeiouáâãàéêíóôõú]"
_ONSET = "(?:[bcdfgkptv][lr]|[cln]h|[qg]u|[bcdfghjklmnpqrstvwxyzç])"
_CODA = "[lmnrszx]"
READABLE = rf"(?:{_ONSET}?{_VOWEL}{{1,2}}{_CODA}?)+(?:[bcdfgkpt]s?)?|[a-zà-ú]{{6,}}"
"""Words that Portuguese syllables can say: `onu`, `nasa`, `mec`; not `cpf`, `ibge`, `inss`.

Names of six letters or more (in addresses) are said as words whatever they look like.
"""
READ_AS_WORDS = frozenset(
    {
        "aids",
        "embrapa",
        "eurostat",
        "ibovespa",
        "interpol",
        "mercosul",
        "nasdaq",
        "onu",
        "opep",
        "otan",
    }
    | {"petrobras", "sebrae", "senac", "sesc", "unctad", "unicamp", "unesp", "wifi"}
)
SPELLED = frozenset(
    {
        "adn",
        "ai",
        "atm",
        "co",
        "ia",
        "ie",
        "ip",
        "it",
        "oab",
        "oea",
        "oit",
        "uci",
        "ue",
        "uhf",
        "uti",
    }
)
"""Acronyms that look readable and are spelled."""
SAYINGS: Mapping[str, str] = {"eua": "estados unidos"}

ADDRESS_SYMBOLS: Mapping[str, str] = {
    ".": "ponto",
    "-": "traço",
    "_": "underscore",
    "@": "arroba",
    "/": "barra",
    ":": "dois pontos",
    "+": "mais",
    "#": "cerquilha",
    "&": "e comercial",
    "=": "igual",
    "?": "interrogação",
    "%": "por cento",
    "~": "til",
    "*": "asterisco",
}
"""Characters of e-mail and web addresses."""
ADDRESS_WORDS = frozenset(
    {"com", "org", "net", "edu", "gov", "info", "gmail", "hotmail", "yahoo", "outlook", "google"}
    | {"facebook", "instagram", "youtube", "twitter", "linkedin", "whatsapp", "netflix", "spotify"}
    | {"nvidia", "microsoft", "amazon", "apple", "github", "wikipedia", "globo", "sapo", "live"}
)
"""Parts of addresses that are read as words although they do not look it."""
DOMAINS = ("com", "org", "net", "edu", "gov", "info", "io", "br", "pt", "eu", "tv", "app", "ao")
"""Endings that make a dotted word an address."""
