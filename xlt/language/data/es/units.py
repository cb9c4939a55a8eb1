"""Spanish units: currencies, measures, and nouns whose gender their ending does not tell."""

from collections.abc import Mapping

from xlt.language.rules import Unit

CENTS = "{} {small}"
_CENTAVO, _CENTIMO = ("centavo", "centavos"), ("céntimo", "céntimos")


def _money(
    one: str, many: str, small: tuple[str, str] | None = _CENTAVO, *, feminine: bool = False
) -> Unit:
    return Unit(
        one=one,
        many=many,
        feminine=feminine,
        cents=CENTS if small else "",
        tenths=small is not None,
        small=small,
        currency=True,
    )


def _feminine_money(one: str, many: str, small: tuple[str, str] | None = None) -> Unit:
    return _money(one, many, small, feminine=True)


def _masculine(pairs: str) -> dict[str, Unit]:
    """`km kilómetro kilómetros` a line: sign, one, many; `_` is a space."""
    rows = (line.replace("_", " ").split("|") for line in pairs.split())
    return {sign: Unit(one=one, many=many) for sign, one, many in rows}


def _feminine(pairs: str) -> dict[str, Unit]:
    return {
        sign: Unit(one=unit.one, many=unit.many, feminine=True)
        for sign, unit in _masculine(pairs).items()
    }


_POUND = ("penique", "peniques")
_MONEY: Mapping[str, Unit] = {
    "€": _money("euro", "euros", _CENTIMO),
    "eur": _money("euro", "euros", _CENTIMO),
    "$": _money("dólar", "dólares"),
    "us$": _money("dólar estadounidense", "dólares estadounidenses"),
    "us $": _money("dólar estadounidense", "dólares estadounidenses"),
    "usd": _money("dólar estadounidense", "dólares estadounidenses"),
    "cad": _money("dólar canadiense", "dólares canadienses"),
    "r$": _money("real", "reales"),
    "brl": _money("real brasileño", "reales brasileños"),
    "mxn": _money("peso mexicano", "pesos mexicanos"),
    "mx$": _money("peso mexicano", "pesos mexicanos"),
    "mex$": _money("peso mexicano", "pesos mexicanos"),
    "ars": _money("peso argentino", "pesos argentinos"),
    "ar$": _money("peso argentino", "pesos argentinos"),
    "clp": _money("peso chileno", "pesos chilenos"),
    "cop": _money("peso colombiano", "pesos colombianos"),
    "uyu": _money("peso uruguayo", "pesos uruguayos", ("centésimo", "centésimos")),
    "dop": _money("peso dominicano", "pesos dominicanos"),
    "rd$": _money("peso dominicano", "pesos dominicanos"),
    "cup": _money("peso cubano", "pesos cubanos"),
    "pen": _money("sol", "soles", _CENTIMO),
    "s/": _money("sol", "soles", _CENTIMO),
    "s/.": _money("sol", "soles", _CENTIMO),
    "bob": _money("boliviano", "bolivianos"),
    "pyg": _money("guaraní", "guaraníes", None),
    "₲": _money("guaraní", "guaraníes", None),
    "crc": _money("colón costarricense", "colones costarricenses", _CENTIMO),
    "₡": _money("colón", "colones", _CENTIMO),
    "svc": _money("colón salvadoreño", "colones salvadoreños"),
    "gtq": _money("quetzal", "quetzales"),
    "ttd": _money("dólar de trinidad y tobago", "dólares de trinidad y tobago"),
    "bop": _money("peso boliviano", "pesos bolivianos"),
    "hkd": _money("dólar de hong kong", "dólares de hong kong"),
    "aud": _money("dólar australiano", "dólares australianos"),
    "nzd": _money("dólar neozelandés", "dólares neozelandeses"),
    "awg": _money("florín arubeño", "florines arubeños"),
    "ang": _money("florín antillano", "florines antillanos"),
    "nok": _feminine_money("corona noruega", "coronas noruegas"),
    "sek": _feminine_money("corona sueca", "coronas suecas"),
    "dkk": _feminine_money("corona danesa", "coronas danesas"),
    "inr": _feminine_money("rupia india", "rupias indias"),
    "rs": _feminine_money("rupia", "rupias"),
    "fr": _money("franco", "francos", _CENTIMO),
    "mk": _money("marco", "marcos", None),
    "nio": _money("córdoba", "córdobas"),
    "ves": _money("bolívar", "bolívares", _CENTIMO),
    "hnl": _money("lempira", "lempiras"),
    "pab": _money("balboa", "balboas", ("centésimo", "centésimos")),
    "chf": _money("franco suizo", "francos suizos", _CENTIMO),
    "¥": _money("yen", "yenes", None),
    "jpy": _money("yen", "yenes", None),
    "cny": _money("yuan", "yuanes", None),
    "₩": _money("won", "wones", None),
    "krw": _money("won", "wones", None),
    "₽": _money("rublo", "rublos", None),
    "m€": _money("millón de euros", "millones de euros", None),
    "£": _feminine_money("libra", "libras", _POUND),
    "gbp": _feminine_money("libra esterlina", "libras esterlinas", _POUND),
    "₧": _feminine_money("peseta", "pesetas"),
    "ptas": _feminine_money("peseta", "pesetas"),
    "₹": _feminine_money("rupia", "rupias"),
    "kr": _feminine_money("corona", "coronas"),
    "euros": Unit(one="euros", many="euros", cents=CENTS, small=_CENTIMO),
    "dólares": Unit(one="dólares", many="dólares", cents=CENTS, small=_CENTAVO),
    "pesos": Unit(one="pesos", many="pesos", cents=CENTS, small=_CENTAVO),
    "soles": Unit(one="soles", many="soles", cents=CENTS, small=_CENTIMO),
}

_MEASURES: Mapping[str, Unit] = {
    "%": Unit(one="por ciento", many="por ciento", agrees=False),
    "‰": Unit(one="por mil", many="por mil", agrees=False),
    **_masculine(
        """
        km|kilómetro|kilómetros km/h|kilómetro_por_hora|kilómetros_por_hora
        kph|kilómetro_por_hora|kilómetros_por_hora kmh|kilómetro_por_hora|kilómetros_por_hora
        km²|kilómetro_cuadrado|kilómetros_cuadrados km2|kilómetro_cuadrado|kilómetros_cuadrados
        m|metro|metros m/s|metro_por_segundo|metros_por_segundo
        m²|metro_cuadrado|metros_cuadrados m2|metro_cuadrado|metros_cuadrados
        m³|metro_cúbico|metros_cúbicos m3|metro_cúbico|metros_cúbicos
        dm|decímetro|decímetros cm|centímetro|centímetros cm²|centímetro_cuadrado|centímetros_cuadrados
        cm³|centímetro_cúbico|centímetros_cúbicos mm|milímetro|milímetros nm|nanómetro|nanómetros
        µm|micrómetro|micrómetros μm|micrómetro|micrómetros
        kg|kilogramo|kilogramos g|gramo|gramos mg|miligramo|miligramos µg|microgramo|microgramos
        gsm|gramo_por_metro_cuadrado|gramos_por_metro_cuadrado
        l|litro|litros dl|decilitro|decilitros cl|centilitro|centilitros ml|mililitro|mililitros
        hl|hectolitro|hectolitros l/100km|litro_a_los_cien|litros_a_los_cien
        l/100_km|litro_a_los_cien|litros_a_los_cien
        min|minuto|minutos s|segundo|segundos seg|segundo|segundos ms|milisegundo|milisegundos
        °|grado|grados °_c|grado_centígrado|grados_centígrados
        °_f|grado_fahrenheit|grados_fahrenheit °c|grado_centígrado|grados_centígrados
        °f|grado_fahrenheit|grados_fahrenheit °_k|grado_kelvin|grados_kelvin
        °k|grado_kelvin|grados_kelvin
        hz|hercio|hercios khz|kilohercio|kilohercios mhz|megahercio|megahercios
        ghz|gigahercio|gigahercios w|vatio|vatios kw|kilovatio|kilovatios mw|megavatio|megavatios
        kwh|kilovatio_hora|kilovatios_hora v|voltio|voltios kb|kilobyte|kilobytes
        mb|megabyte|megabytes gb|gigabyte|gigabytes tb|terabyte|terabytes mbps|mega_por_segundo|megas_por_segundo
        db|decibelio|decibelios hpa|hectopascal|hectopascales mah|miliamperio_hora|miliamperios_hora cv|caballo|caballos px|píxel|píxeles
        psi|pe_ese_i|pe_ese_i
        """
    ),
    **_feminine(
        """
        h|hora|horas hs|hora|horas mph|milla_por_hora|millas_por_hora mi|milla|millas
        t|tonelada|toneladas ha|hectárea|hectáreas lb|libra|libras oz|onza|onzas kcal|kilocaloría|kilocalorías
        """
    ),
}

UNITS: Mapping[str, Unit] = {**_MONEY, **_MEASURES}
"""Unit in lower case -> how it is read after a number, and a currency before one, too."""
