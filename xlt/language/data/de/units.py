"""German units and currencies: what is said after a number."""

from collections.abc import Iterator, Mapping

from xlt.language.rules import Unit

_SINGLE: Mapping[str, str] = {
    "%": "prozent",
    "‰": "promille",
    "°": "grad",
    "°c": "grad celsius",
    "° c": "grad celsius",
    "° f": "grad fahrenheit",
    "°f": "grad fahrenheit",
    "ft": "fuß",
    "grad": "grad",
    "ha": "hektar",
    "kn": "knoten",
    "lb": "pfund",
    "mph": "meilen pro stunde",
    "mwst": "mehrwertsteuer",
    "ampere": "ampere",
    "ma": "milliampere",
    "tl": "teelöffel",
    "el": "esslöffel",
    "l/100 km": "liter auf hundert kilometer",
    "l/100km": "liter auf hundert kilometer",
    "ct": "cent",
    "pf.": "pfennig",
    "rp.": "rappen",
    "prozent": "prozent",
    "ps": "pferdestärken",
    "qm": "quadratmeter",
    "stk.": "stück",
    "tsd.": "tausend",
    "uhr": "uhr",
    "yd": "yard",
}
"""Unit in lower case -> its word, the same after one and after many."""
_FEMININE: Mapping[str, tuple[str, str]] = {
    "h": ("stunde", "stunden"),
    "std.": ("stunde", "stunden"),
    "stunde": ("stunde", "stunde"),
    "min": ("minute", "minuten"),
    "min.": ("minute", "minuten"),
    "s": ("sekunde", "sekunden"),
    "sek.": ("sekunde", "sekunden"),
    "ms": ("millisekunde", "millisekunden"),
    "µs": ("mikrosekunde", "mikrosekunden"),
    "ns": ("nanosekunde", "nanosekunden"),
    "t": ("tonne", "tonnen"),
    "mi": ("meile", "meilen"),
    "oz": ("unze", "unzen"),
    "wh": ("wattstunde", "wattstunden"),
    "kwh": ("kilowattstunde", "kilowattstunden"),
    "mwh": ("megawattstunde", "megawattstunden"),
    "gwh": ("gigawattstunde", "gigawattstunden"),
    "cal": ("kalorie", "kalorien"),
    "kcal": ("kilokalorie", "kilokalorien"),
    "mio.": ("million", "millionen"),
    "mio": ("million", "millionen"),
    "million": ("million", "millionen"),
    "millionen": ("million", "millionen"),
    "mrd.": ("milliarde", "milliarden"),
    "mrd": ("milliarde", "milliarden"),
    "milliarde": ("milliarde", "milliarden"),
    "milliarden": ("milliarde", "milliarden"),
    "billion": ("billion", "billionen"),
    "billionen": ("billion", "billionen"),
}
"""Feminine ones, one and many."""
_METRIC: Mapping[str, tuple[str, str]] = {
    "m": ("meter", "k h d c m µ n p"),
    "g": ("gramm", "k m µ"),
    "l": ("liter", "h d c m µ"),
    "v": ("volt", "k m"),
    "w": ("watt", "k m g t"),
    "hz": ("hertz", "k m g t"),
    "j": ("joule", "k"),
    "pa": ("pascal", "h k"),
    "bar": ("bar", "m"),
    "mol": ("mol", "m"),
    "b": ("byte", "k m g t"),
    "bit": ("bit", "k m g"),
    "k": ("kelvin", ""),
    "ω": ("ohm", "k"),
}
"""Base unit -> its word and the prefixes in use with it, in lower case."""
_PREFIXES: Mapping[str, str] = {
    **{"h": "hekto", "d": "dezi", "c": "zenti", "µ": "mikro", "n": "nano", "p": "piko"},
    **{"k": "kilo", "g": "giga", "t": "tera"},
}
_LENGTHS = {"km": "kilometer", "cm": "zentimeter", "mm": "millimeter"}
_MEGA = frozenset({"hz", "w", "b", "bit"})
"""Units before which `m` is mega: in lower case it can't be told from milli."""
_PER: Mapping[str, str] = {"s": "sekunde", "h": "stunde", "min": "minute", "l": "liter"}


def _metric() -> Iterator[tuple[str, str]]:
    for base, (word, prefixes) in _METRIC.items():
        if base not in "b k".split():
            yield base, word
        for prefix in prefixes.split():
            milli = "mega" if base in _MEGA else "milli"
            yield prefix + base, _PREFIXES.get(prefix, milli) + word
    for length, word in (("m", "meter"), ("dm", "dezimeter"), *_LENGTHS.items()):
        for mark, power in (("²", "quadrat"), ("³", "kubik"), ("2", "quadrat"), ("3", "kubik")):
            yield length + mark, power + word
    yield "k", "kelvin"
    yield "db", "dezibel"


def _compound(single: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Units per another one: km/h, kg/m³, mbit/s."""
    for per, word in (*_PER.items(), ("m³", "kubikmeter"), ("m²", "quadratmeter")):
        for unit in "km m l ml g kg mg t kbit mbit gbit kb mb gb".split():
            if unit != per:
                yield f"{unit}/{per}", f"{single.get(unit, 'tonnen')} pro {word}"


def _units() -> Iterator[tuple[str, Unit]]:
    single = dict(_SINGLE) | dict(_metric())
    for key, word in (single | dict(_compound(single))).items():
        yield key, Unit(one=word, many=word)
    for key, (one, many) in _FEMININE.items():
        yield key, Unit(one=one, many=many, feminine=True)


def _currency(name: str, small: tuple[str, str] | None) -> Unit:
    cents = "{}" if small else ""  # zwei Euro fünfzig, without the word for cent
    return Unit(one=name, many=name, cents=cents, small=small, currency=True)


_CENT = ("cent", "cent")
CURRENCIES: Mapping[str, Unit] = {
    "€": _currency("euro", _CENT),
    "eur": _currency("euro", _CENT),
    "$": _currency("dollar", _CENT),
    "us$": _currency("us dollar", _CENT),
    "us-$": _currency("us dollar", _CENT),
    "usd": _currency("us dollar", _CENT),
    "£": _currency("pfund", ("penny", "pence")),
    "gbp": _currency("pfund", ("penny", "pence")),
    "chf": _currency("schweizer franken", ("rappen", "rappen")),
    "jpy": _currency("yen", None),
    "fr.": _currency("franken", ("rappen", "rappen")),
    "sfr.": _currency("franken", ("rappen", "rappen")),
    "¥": _currency("yen", None),
    "₩": _currency("won", None),
    "euro": _currency("euro", _CENT),
    "dollar": _currency("dollar", _CENT),
    "pfund": _currency("pfund", ("penny", "pence")),
    "franken": _currency("franken", ("rappen", "rappen")),
}
_LARGE = "mio. mio mrd. mrd million millionen milliarde milliarden billion billionen tsd."
QUANTITIES: Mapping[str, str] = dict.fromkeys(_LARGE.split(), "")
"""Units that may stand between a number and another unit: `5 Mio. €`."""
UNITS: Mapping[str, Unit] = dict(_units()) | dict(CURRENCIES)
