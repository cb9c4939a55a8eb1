"""Portuguese units and currencies: what is said after a number, with its gender."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from xlt.language.rules import Unit

_MASCULINE: Mapping[str, tuple[str, str]] = {
    "°": ("grau", "graus"),
    "°c": ("grau celsius", "graus celsius"),
    "° c": ("grau celsius", "graus celsius"),
    "° f": ("grau fahrenheit", "graus fahrenheit"),
    "ºc": ("grau celsius", "graus celsius"),
    "°f": ("grau fahrenheit", "graus fahrenheit"),
    "ºf": ("grau fahrenheit", "graus fahrenheit"),
    "km": ("quilômetro", "quilômetros"),
    "kms": ("quilômetro", "quilômetros"),
    "m": ("metro", "metros"),
    "dm": ("decímetro", "decímetros"),
    "cm": ("centímetro", "centímetros"),
    "mm": ("milímetro", "milímetros"),
    "µm": ("micrômetro", "micrômetros"),
    "nm": ("nanômetro", "nanômetros"),
    "km²": ("quilômetro quadrado", "quilômetros quadrados"),
    "m²": ("metro quadrado", "metros quadrados"),
    "cm²": ("centímetro quadrado", "centímetros quadrados"),
    "mm²": ("milímetro quadrado", "milímetros quadrados"),
    "km³": ("quilômetro cúbico", "quilômetros cúbicos"),
    "m³": ("metro cúbico", "metros cúbicos"),
    "cm³": ("centímetro cúbico", "centímetros cúbicos"),
    "ha": ("hectare", "hectares"),
    "km/h": ("quilômetro por hora", "quilômetros por hora"),
    "kmh": ("quilômetro por hora", "quilômetros por hora"),
    "kph": ("quilômetro por hora", "quilômetros por hora"),
    "km/s": ("quilômetro por segundo", "quilômetros por segundo"),
    "l/100 km": ("litro aos cem quilômetros", "litros aos cem quilômetros"),
    "l/100km": ("litro aos cem quilômetros", "litros aos cem quilômetros"),
    "km/l": ("quilômetro por litro", "quilômetros por litro"),
    "m/s": ("metro por segundo", "metros por segundo"),
    "m/s²": ("metro por segundo ao quadrado", "metros por segundo ao quadrado"),
    "mg/l": ("miligrama por litro", "miligramas por litro"),
    "g/l": ("grama por litro", "gramas por litro"),
    "kg": ("quilo", "quilos"),
    "kgs": ("quilo", "quilos"),
    "g": ("grama", "gramas"),
    "mg": ("miligrama", "miligramas"),
    "µg": ("micrograma", "microgramas"),
    "kgf": ("quilograma força", "quilogramas força"),
    "l": ("litro", "litros"),
    "dl": ("decilitro", "decilitros"),
    "cl": ("centilitro", "centilitros"),
    "ml": ("mililitro", "mililitros"),
    "min": ("minuto", "minutos"),
    "s": ("segundo", "segundos"),
    "seg": ("segundo", "segundos"),
    "ms": ("milissegundo", "milissegundos"),
    "µs": ("microssegundo", "microssegundos"),
    "ns": ("nanossegundo", "nanossegundos"),
    "hz": ("hertz", "hertz"),
    "khz": ("quilohertz", "quilohertz"),
    "mhz": ("megahertz", "megahertz"),
    "ghz": ("gigahertz", "gigahertz"),
    "w": ("watt", "watts"),
    "kw": ("quilowatt", "quilowatts"),
    "mw": ("megawatt", "megawatts"),
    "gw": ("gigawatt", "gigawatts"),
    "wh": ("watt hora", "watts hora"),
    "kwh": ("quilowatt hora", "quilowatts hora"),
    "mwh": ("megawatt hora", "megawatts hora"),
    "gwh": ("gigawatt hora", "gigawatts hora"),
    "v": ("volt", "volts"),
    "kv": ("quilovolt", "quilovolts"),
    "mv": ("milivolt", "milivolts"),
    "ma": ("miliampere", "miliamperes"),
    "mah": ("miliampere hora", "miliamperes hora"),
    "db": ("decibel", "decibéis"),
    "bpm": ("batimento por minuto", "batimentos por minuto"),
    "kb": ("quilobyte", "quilobytes"),
    "mb": ("megabyte", "megabytes"),
    "gb": ("gigabyte", "gigabytes"),
    "tb": ("terabyte", "terabytes"),
    "kbps": ("quilobit por segundo", "quilobits por segundo"),
    "mbps": ("megabit por segundo", "megabits por segundo"),
    "gbps": ("gigabit por segundo", "gigabits por segundo"),
    "pa": ("pascal", "pascals"),
    "kpa": ("quilopascal", "quilopascals"),
    "hpa": ("hectopascal", "hectopascals"),
    "kj": ("quilojoule", "quilojoules"),
    "cv": ("cavalo", "cavalos"),
    "hp": ("cavalo vapor", "cavalos vapor"),
    "ft": ("pé", "pés"),
    "dia": ("dia", "dia"),
    "litro": ("litro", "litro"),
    "quilo": ("quilo", "quilo"),
    "metro": ("metro", "metro"),
    "px": ("pixel", "pixels"),
}
"""Unit in lower case -> its words after one, and after any other number."""
_FEMININE: Mapping[str, tuple[str, str]] = {
    "h": ("hora", "horas"),
    "hora": ("hora", "hora"),
    "horas": ("hora", "horas"),
    "hs": ("hora", "horas"),
    "hrs": ("hora", "horas"),
    "colher": ("colher", "colher"),
    "xícara": ("xícara", "xícara"),
    "t": ("tonelada", "toneladas"),
    "ton": ("tonelada", "toneladas"),
    "cal": ("caloria", "calorias"),
    "kcal": ("quilocaloria", "quilocalorias"),
    "mph": ("milha por hora", "milhas por hora"),
    "rpm": ("rotação por minuto", "rotações por minuto"),
    "lb": ("libra", "libras"),
    "lbs": ("libra", "libras"),
    "oz": ("onça", "onças"),
    "atm": ("atmosfera", "atmosferas"),
    "ppm": ("parte por milhão", "partes por milhão"),
}
"""The same for feminine ones."""
_BARE: Mapping[str, str] = {"%": "por cento", "‰": "por mil"}
"""Signs before which a number keeps its plain form."""
_TYPED = (("m2", "m²"), ("m3", "m³"), ("m^2", "m²"), ("m^3", "m³"))
"""Squares and cubes as they are typed without their sign."""

_CENT = ("centavo", "centavos")
_MONEY: Mapping[str, tuple[str, str]] = {
    "r$": ("real", "reais"),
    "us$": ("dólar americano", "dólares americanos"),
    "$": ("dólar", "dólares"),
    "€": ("euro", "euros"),
    "¥": ("iene", "ienes"),
    "₩": ("won", "wons"),
}
"""Sign of a masculine currency -> its words after one, and after any other number."""


def _measures() -> Iterator[tuple[str, Unit]]:
    for key, (one, many) in _MASCULINE.items():
        yield key, Unit(one=one, many=many)
    for key, (one, many) in _FEMININE.items():
        yield key, Unit(one=one, many=many, feminine=True)
    for key, words in _BARE.items():
        yield key, Unit(one=words, many=words, agrees=False)


def _with_typed(units: Mapping[str, Unit]) -> Iterator[tuple[str, Unit]]:
    yield from units.items()
    for typed, sign in _TYPED:
        yield from (
            (key.removesuffix(sign) + typed, unit)
            for key, unit in units.items()
            if key.endswith(sign)
        )


def _currencies(cents: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, Unit]]:
    for key, (one, many) in _MONEY.items():
        small = cents.get(key, _CENT)
        yield (
            key,
            Unit(one=one, many=many, cents="e {} {small}", tenths=True, small=small, currency=True),
        )
    for word, key in (("real", "r$"), ("dólar", "$"), ("euro", "€")):
        one, many = word, _MONEY[key][1]
        small = cents.get(key, _CENT)
        yield one, Unit(one=one, many=one, cents="e {} {small}", small=small)
        yield many, Unit(one=many, many=many, cents="e {} {small}", small=small)
    pound = Unit(
        one="libra esterlina", many="libras esterlinas", feminine=True, tenths=True, currency=True
    )
    yield "£", replace(pound, cents="e {} {small}", small=cents.get("£", _CENT))


def _european(words: str) -> str:
    """As Portugal writes them: `quilómetro`, `micrómetro`."""
    return words.replace("ômetro", "ómetro")


BRAZIL: Mapping[str, Unit] = dict(_with_typed(dict(_measures()))) | dict(_currencies({}))
PORTUGAL: Mapping[str, Unit] = {
    key: replace(unit, one=_european(unit.one), many=_european(unit.many))
    for key, unit in dict(_with_typed(dict(_measures()))).items()
} | dict(_currencies({"€": ("cêntimo", "cêntimos"), "£": ("péni", "pence")}))
