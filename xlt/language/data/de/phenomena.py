"""German dates, times, ordinals, fractions, kings, letters, and addresses."""

from xlt.language.data.de.words import MONTHS, SHORT_MONTHS
from xlt.language.phenomena import (
    Agreement,
    Dates,
    Dotted,
    Electronic,
    Fractions,
    Letters,
    Ranges,
    Roman,
    Sections,
    Telephones,
    Times,
)

TYPED_NUMBERS = (
    (
        r"(?<![\w.,:])([0-9]{1,2}:[0-9]{2})(?: Uhr)?\s?[-–]\s?(?=[0-9]{1,2}:[0-9]{2}(?![0-9]))",
        r"\1 bis ",
    ),
    (
        r"(?<![\w.,:])([0-9]{1,2}\.[0-9]{2})\s?[-–]\s?(?=[0-9]{1,2}\.[0-9]{2}\s?(?:Uhr|h)(?!\w))",
        r"\1 Uhr bis ",
    ),
    (r"(?<![\w/.,])24/7(?![\w/])", "24 7"),
    (r"(?<![\w/.,])9/11(?![\w/])", "nine eleven"),
    (r"(?<![\w.,:/-])1-(?=[A-ZÄÖÜ][a-zäöü])", "ein "),
    (r"(?<=[0-9,.-])\s?DM(?!\w)", " mark"),
    (r"(?<![\w.,])([0-9]{1,2})\. ([0-9]{1,2})\. ?(?=[0-9]{4}(?!\w))", r"\1.\2."),
    (r"(?<=[0-9])\s?[x×]\s?(?=[0-9])", " mal "),
    (r"(?<=[0-9] )A(?!\w)", "ampere"),
    (r"(?<![\w.,])([2-6])G(?!\w)", r"\1 ge"),
    (r"(?<![\w.,])([248])K(?!\w)", r"\1 ka"),
)
"""Dates with spaces, times with a dash, `1-Zimmer-`, what only capitals tell apart: `16 A`, `5G`."""
APART = (
    (r"(?<=\w)(hundert|tausend)", r" \1"),
    (r"(hundert|tausend)(?=\w)(?!st)", r"\1 "),
    (r"\b(ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und(?=\w)", r"\1 und "),
)
"""`zweihunderteinundzwanzigste` -> `zwei hundert ein und zwanzigste`."""
COMPOUNDS = (
    (
        r"-?((?:jähr|prozent|stünd|minüt|sekünd|tät?g|täg|wöch|monat|seit|stell|teil|köpf|stöck|zeil|"
        r"stuf|spur|tür|sitz|stimm|glied|geschoss|bänd|malig|jahr|mal)(?:ig|ige[mnrs]?|igkeit)?|"
        r"fach(?:e[mnrs]?)?|stel)",
        r"\2",
    ),
    (r"\s?%-?ig(e[mnrs]?)?", r"prozentig\2"),
    (r"-?(er|ern|ers)", r"\2"),
    ("x", "mal"),
)
"""`3-jährig`, `20-prozentig`, `20%ig`, `80er`, `2fach`, `3mal`, `3x`."""

# ---- ordinals

ORDINALS = {
    stem + ending: ((r"$", ending),) if ending else ()
    for stem in ("te", "ste")
    for ending in ("", "r", "s", "n", "m")
}
"""`1te`, `2ter`: the mark after the number, and what the ordinal adds."""

_WEAK = (
    "am an beim dem den des im vom zum zur einem einen einer eines keinem keinen keiner keines "
    "meinem meinen meiner meines deinem deinen deiner deines seinem seinen seiner seines ihrem "
    "ihren ihrer ihres unserem unseren unserer unseres jedem jeden diesem diesen"
).split()
_BEFORE_DAYS = "ab bis nach seit von vor".split()
"""Words that make a day, but no other number, end in -n: seit dritten Mai, but seit 1989."""
_PLAIN = "der die das ins ans aufs fürs eine keine meine deine seine ihre unsere jede jeder diese"
_OF_THE = "an auf aus bei hinter in mit nach neben seit unter von vor während wegen zu zwischen"
"""Prepositions that make a following `der` a dative or genitive: in der dritten Klasse."""
_MASCULINE = (
    "advent akt band besucher bezirk bundespräsident bürgermeister fall fc feiertag gang geburtstag "
    "grad jahrestag jänner kreis mann monat ort platz präsident punkt rang satz schritt sieg sohn "
    "spieltag sprachkurs stock tag teil titel versuch weltkrieg wahlgang"
)
_FEMININE = (
    "auflage ausgabe bundesliga etage folge frage frau generation halbzeit hälfte klasse liga minute "
    "person reihe runde saison seite sinfonie staffel stelle stufe stunde symphonie tochter woche"
)
_NEUTER = (
    "buch gebot halbjahr jahr jahrhundert jahrtausend jubiläum kapitel kind mal quartal semester "
    "spiel tor viertel"
)
DOTTED = Dotted(
    before={
        **dict.fromkeys(_PLAIN.split(), ""),
        **dict.fromkeys(_WEAK, "n"),
        **dict.fromkeys((f"{word} der" for word in _OF_THE.split()), "n"),
    },
    after={
        **dict.fromkeys(_MASCULINE.split(), "r"),
        **dict.fromkeys(_FEMININE.split(), ""),
        **dict.fromkeys(_NEUTER.split(), "s"),
        **dict.fromkeys(MONTHS, "r"),
    },
    alone="r",
    at_the_end=frozenset(("am", "den", "der", "vom", "zum", "bis zum", "jeden")),
    otherwise="r",
    links=("und", "oder", "bis", "sowie"),
)

# ---- dates, times, ranges, fractions

DATES = Dates(
    months=MONTHS,
    short=SHORT_MONTHS,
    separators="/.-",
    pair_separators=".",
    dotted_pairs=True,
    ordinal_days=True,
    day_endings={
        **dict.fromkeys((*_WEAK, *_BEFORE_DAYS), "n"),
        **dict.fromkeys(_PLAIN.split(), ""),
    },
    day_ending="r",
)
SECTIONS = Sections(
    nouns=frozenset(
        "abbildung abbildungen absatz abschnitt abschnitte abschnitten anhang anlage artikel aufgabe "
        "beispiel bild diagramm figur firmware formel gleichung grafik kapitel kapiteln klausel lektion "
        "norm nummer paragraf paragrafen paragraph punkt regel satz schaubild tabelle tabellen teil "
        "theorem thema unterabschnitt unterkapitel unterpunkt version versionen ziffer ziffern "
        "übung".split()
    ),
    links=("nummer", "und", "oder", "bis"),
    point="punkt",
)
TIMES = Times(
    full="{hour} uhr",
    minutes="{hour} uhr {minute}",
    seconds="{hour} uhr {minutes} {seconds}",
    words=("uhr", "h"),
    hour_letters=("h",),
    dotted=True,
    zones={
        "mez": "em e zett",
        "mesz": "em e es zett",
        "utc": "u te ce",
        "gmt": "ge em te",
        "cet": "ce e te",
        "cest": "ce e es te",
        "est": "e es te",
        "pst": "pe es te",
    },
)
RANGES = Ranges(link="bis", after={"zwischen": "und"}, score="zu")
FRACTIONS = Fractions(
    one="ein",
    names={2: ("halb", "halbe")},
    ordinal_up_to=9999,
    endings=("l", "l"),
    largest=9999,
    over="{numerator} durch {denominator}",
    never_after=frozenset("drucksache drucksachen vorlage beschluss az aktenzeichen".split()),
    counting_feminine={"ein halb": "eine halbe"},
    counted_changes=(
        (
            r"^ein halb (?=\w*(?:liter|meter|hektar|euro|dollar|franken|löffel|tag|monat)$)",
            "ein halber ",
        ),
        (r"^ein halb (?=\w+)", "ein halbes "),
    ),
    mixed_changes=((r"^eins ", "ein "), (r" (?:ein halb|eine halbe)$", "einhalb")),
)
AGREEMENT = Agreement(
    years_after=frozenset(
        "jahr jahre jahres jahren anno seit ab nach vor um bis sommer winter herbst ende anfang "
        "mitte".split()
    ),
    feminine_one=(
        r"\w+(?:ung|heit|keit|schaft|tät|ion)|(?:haus|ehe)?frau|person|woche|stunde|minute|sekunde|"
        r"tasse|flasche|frage|sache|reise|reihe|rose|tablette|zwiebel|zitrone|karotte|kerze|dose|packung|scheibe|prise|katze|tonne|mutter|tochter|schwester|schule|klasse|"
        r"stadt|seite|nacht|idee|gruppe|familie|stimme|kugel|hand|zeile|rolle|kiste|liste|etage"
    ),
    masculine_one=(
        r"mann|mensch|löffel|becher|teller|kind|tag|jahr|monat|hund|vogel|baum|apfel|ei|glas|stück|teelöffel|esslöffel|el|tl|"
        r"liter|meter|kilometer|zentimeter|millimeter|quadratmeter|kilo|kilogramm|gramm|grad|prozent|"
        r"cent|rappen|tor|punkt|spiel|platz|sieg|buch|haus|auto|zimmer|bett|schüler|besucher|"
        r"bub|junge|sohn|bruder|freund|kollege|schritt|versuch|mal|bier|brot|euro|dollar|franken"
    ),
)

# ---- Roman numerals

_KINGS = (
    "albrecht alexander alfons august benedikt bonifatius carlos charles christian clemens darius "
    "eduard edward erik ernst felipe ferdinand franz friedrich georg george gregor gustav haakon "
    "harald heinrich henry innozenz iwan jakob james johann johannes josef joseph julius karl "
    "konrad leo leopold lothar louis ludwig maximilian mehmed murad napoleon nikolaus olaf otto "
    "paul peter philipp pius ramses richard rudolf selim sigismund sixtus urban wenzel wilhelm "
    "william"
).split()
_QUEENS = (
    "anna beatrix christina elisabeth isabella katharina kleopatra margarethe margrethe maria "
    "viktoria wilhelmina"
).split()
_DATIVE = "bei mit nach seit unter von zu".split()
_ACCUSATIVE = "durch für gegen ohne".split()
_PLURAL = ((r"e$", "en"),)
"""Dem vierzehnten: the ending of every case but the nominative."""


def _regnal(names: list[str], article: str, prepositions: list[str]) -> Roman:
    before = frozenset(f"{word} {name}" for word in prepositions for name in names)
    return Roman(
        before=before, ordinal_up_to=99, changes=_PLURAL, form=f"{article} {{}}", full_stop=True
    )


def _genitive(names: list[str], article: str) -> Roman:
    before = frozenset(f"{name}s" for name in names)
    return Roman(
        before=before, ordinal_up_to=99, changes=_PLURAL, form=f"{article} {{}}", full_stop=True
    )


ROMAN = (
    _regnal(_KINGS, "dem", _DATIVE),
    _regnal(_KINGS, "den", _ACCUSATIVE),
    _genitive(_KINGS, "des"),
    _regnal(_QUEENS, "der", _DATIVE),
    _genitive(_QUEENS, "der"),
    Roman(before=frozenset(_KINGS), ordinal_up_to=99, form="der {}", full_stop=True),
    Roman(before=frozenset(_QUEENS), ordinal_up_to=99, form="die {}", full_stop=True),
    Roman(
        after=frozenset(
            "jahrhundert jahrhunderts jahrhunderte jahrtausend weltkrieg weltkriegs weltkrieges "
            "internationale republik quartal obergeschoss teil akt".split()
        ),
        dotted=True,
        full_stop=True,
    ),
    Roman(
        before=frozenset(
            "abschnitt akt anhang artikel band buch fall gruppe kapitel klasse liga nummer paragraf "
            "phase stufe tafel teil typ".split()
        )
    ),
    Roman(after_name=True),
)

# ---- letters and addresses

SPELLING = Letters(
    names={
        **{"a": "a", "b": "be", "c": "ce", "d": "de", "e": "e", "f": "ef", "g": "ge", "h": "ha"},
        **{"i": "i", "j": "jot", "k": "ka", "l": "el", "m": "em", "n": "en", "o": "o", "p": "pe"},
        **{"q": "ku", "r": "er", "s": "es", "t": "te", "u": "u", "v": "vau", "w": "we"},
        **{"x": "ix", "y": "ypsilon", "z": "zett", "ä": "ä", "ö": "ö", "ü": "ü"},
    },
    readable=(
        r"(?=.{3})(?:(?=[^aeiouäöü])|(?=.{4}))(?=.*[aeiouäöü])"
        r"(?:(?:sch[lmnrtw]?|[bfgkp]h?[lr]|s[cpt]h?r?|[dt]h?r|kn|pf|qu|zw|[bcdfghjklmnprstvwxz])?"
        r"(?:[aeiouäöü]{1,2}|y)(?:ch[st]?|ck|ng|[lmnr]{1,2}[bdfgkpstxz]{0,2}|[fkpt][st]|s[kpst]|tz|"
        r"bb|dd|ff|gg|kk|pp|tt|[bcdfghkpstvwxz])?)+"
    ),
    mixed_case=frozenset("AfD EuGH GmbH KfW Kfz Lkw Pkw StGB StVO".split()),
    words=frozenset(
        "ab aber als am an auf aus bei bin bis da das dem den der des die du ein er es für ich ihm "
        "ihn ihr im in ist ja man mir mit nein nie nur ob oder sie so um und uns was wer wie wir "
        "wo zu uno uni abi obi lidl iso".split()
    ),
    sayings={"wlan": "we lan"},
    spelled=frozenset("adac aok bip ekd faz gez hiv led mez raf rki sap sed spö vip".split()),
)
ELECTRONIC = Electronic(
    symbols={
        ".": "punkt",
        "@": "at",
        "-": "bindestrich",
        "_": "unterstrich",
        "/": "slash",
        ":": "doppelpunkt",
        "+": "plus",
        "#": "raute",
        "?": "fragezeichen",
        "=": "gleich",
        "&": "und",
        "%": "prozent",
    },
    words=frozenset(
        "gmail hotmail yahoo org edu nvidia aol google youtube facebook shop service".split()
    ),
    domains=tuple("de at ch com net org info eu edu gov uk fr es it nl io biz tv".split()),
    hashtag="hashtag",
)
TELEPHONES = Telephones(
    plus="plus",
    zero_groups=True,
    prompts=frozenset("telefon tel fax telefonnummer rufnummer handynummer hotline".split()),
)
