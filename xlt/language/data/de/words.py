"""German words for what is written short: abbreviations, signs, units and currencies.

Inflected abbreviations are given the form that stands after most words (`sog.`: sogenannte).
"""

from collections.abc import Mapping

ABBREVIATIONS: Mapping[str, str] = {
    "a. a. o.": "am angegebenen ort",
    "a. d.": "außer dienst",
    "abk.": "abkürzung",
    "abt.": "abteilung",
    "abzgl.": "abzüglich",
    "allg.": "allgemein",
    "anm.": "anmerkung",
    "bhf.": "bahnhof",
    "bsp.": "beispiel",
    "bspw.": "beispielsweise",
    "bzgl.": "bezüglich",
    "bzw.": "beziehungsweise",
    "ca.": "circa",
    "d. h.": "das heißt",
    "dipl.-ing.": "diplomingenieur",
    "dr.": "doktor",
    "drs.": "drucksache",
    "e. v.": "eingetragener verein",
    "ehem.": "ehemals",
    "eigtl.": "eigentlich",
    "einschl.": "einschließlich",
    "etc.": "et cetera",
    "etw.": "etwas",
    "evtl.": "eventuell",
    "exkl.": "exklusive",
    "fa.": "firma",
    "ff.": "folgende",
    "fam.": "familie",
    "frankfurt a. m.": "frankfurt am main",
    "frl.": "fräulein",
    "geb.": "geboren",
    "gegr.": "gegründet",
    "gem.": "gemäß",
    "gest.": "gestorben",
    "ggf.": "gegebenenfalls",
    "ggfs.": "gegebenenfalls",
    "ggü.": "gegenüber",
    "h. c.": "honoris causa",
    "hbf.": "hauptbahnhof",
    "hl.": "heilige",
    "hr.": "herr",
    "hrn.": "herrn",
    "hrsg.": "herausgeber",
    "i. a.": "im auftrag",
    "i. d. r.": "in der regel",
    "i. r.": "im ruhestand",
    "i. s. d.": "im sinne des",
    "i. v.": "in vertretung",
    "ing.": "ingenieur",
    "inkl.": "inklusive",
    "insb.": "insbesondere",
    "insbes.": "insbesondere",
    "jh.": "jahrhundert",
    "jhd.": "jahrhundert",
    "jhs.": "jahrhunderts",
    "jmd.": "jemand",
    "jr.": "junior",
    "kto.": "konto",
    "lfd.": "laufende",
    "lt.": "laut",
    "m. a. w.": "mit anderen worten",
    "m. e.": "meines erachtens",
    "m. ü. m.": "meter über meer",
    "mind.": "mindestens",
    "mr.": "mister",
    "mrs.": "misses",
    "ms.": "miss",
    "mwst.": "mehrwertsteuer",
    "n. chr.": "nach christus",
    "nr.": "nummer",
    "nrn.": "nummern",
    "o. ä.": "oder ähnliches",
    "o. g.": "oben genannte",
    "pkt.": "punkt",
    "prof.": "professor",
    "rd.": "rund",
    "s. o.": "siehe oben",
    "s. u.": "siehe unten",
    "sog.": "sogenannte",
    "sr.": "senior",
    "st.": "sankt",
    "str.": "straße",
    "tägl.": "täglich",
    "tel.": "telefon",
    "u. a.": "unter anderem",
    "u. a. m.": "und anderes mehr",
    "u. ä.": "und ähnliches",
    "u. s. w.": "und so weiter",
    "u. u.": "unter umständen",
    "u. v. a.": "und viele andere",
    "u. v. m.": "und vieles mehr",
    "ü. nn": "über normalnull",
    "ü. d. m.": "über dem meer",
    "ü. m.": "über meer",
    "univ.-prof.": "universitätsprofessor",
    "urspr.": "ursprünglich",
    "usf.": "und so fort",
    "usw.": "und so weiter",
    "v. a.": "vor allem",
    "v. l. n. r.": "von links nach rechts",
    "v. chr.": "vor christus",
    "vgl.": "vergleiche",
    "vs.": "versus",
    "z. b.": "zum beispiel",
    "zw.": "zwischen",
    "z. h.": "zu händen",
    "z. hd.": "zu händen",
    "z. t.": "zum teil",
    "z. z.": "zur zeit",
    "z. zt.": "zur zeit",
    "zz.": "zurzeit",
    "zzgl.": "zuzüglich",
    "zzt.": "zurzeit",
}
"""A space in the key may be missing in the text."""

TITLES: Mapping[str, str] = {"fr.": "frau", "u.": "und"}
"""Read so only before a capital: `Fr. 20` are francs."""

BEFORE_NUMBERS: Mapping[str, str] = {
    "abb.": "abbildung",
    "abs.": "absatz",
    "anh.": "anhang",
    "art.": "artikel",
    "aufl.": "auflage",
    "bd.": "band",
    "fig.": "figur",
    "kap.": "kapitel",
    "kl.": "klasse",
    "max.": "maximal",
    "min.": "minimal",
    "no.": "nummer",
    "s.": "seite",
    "tab.": "tabelle",
    "ziff.": "ziffer",
    "§": "paragraf",
    "§§": "paragrafen",
    "#": "nummer",
}
"""Read so only before a number: elsewhere `Art.` and `Max.` end a sentence."""

MONTHS: tuple[str, ...] = (
    *("januar", "februar", "märz", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "dezember"),
)
_SHORT: Mapping[str, int] = {
    **{"jan": 1, "jän": 1, "jänner": 1, "feb": 2, "febr": 2, "feber": 2, "mär": 3, "mrz": 3},
    **{"apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "okt": 10, "nov": 11},
    "dez": 12,
}
SHORT_MONTHS: Mapping[str, int] = {
    name + stop: n for name, n in _SHORT.items() for stop in ("", ".")
}

_DAYS: Mapping[str, str] = {
    "mo.": "montag",
    "di.": "dienstag",
    "mi.": "mittwoch",
    "do.": "donnerstag",
    "fr.": "freitag",
    "sa.": "samstag",
    "so.": "sonntag",
}
WEEKDAYS: Mapping[str, str] = {
    **{f"{short},": day for short, day in _DAYS.items()},
    **{
        f"{first}{space}{dash}{space}{last}": f"{_DAYS[first]} bis {_DAYS[last]}"
        for first in _DAYS
        for last in _DAYS
        for dash in "-–"
        for space in ("", " ")
        if first != last
    },
}
"""Short days of the week, with the comma or the dash that tells them from other words."""

SYMBOLS: Mapping[str, str] = {
    "№": "nummer",
    "#": "raute",
    "&": "und",
    "@": "at",
    "+": "plus",
    "=": "gleich",
    "<": "kleiner als",
    ">": "größer als",
    "×": "mal",
    "÷": "geteilt durch",
    "±": "plus minus",
    "§": "paragraf",
}
WORD_ENDINGS: Mapping[str, str] = {"str.": "straße", "nr.": "nummer"}
"""Abbreviated second half of a compound: `Hauptstr.`."""
