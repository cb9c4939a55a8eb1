"""Portuguese: of Brazil by default, of Portugal as a variant that differs in its numbers."""

from dataclasses import replace

from xlt.language.rules import Language, Unit

_MILLIONS = r"((?:milh|bilh|trilh|bili)(?:ão|ões))"

BRAZIL = Language(
    code="pt",
    name="Portuguese",
    letters="abcdefghijklmnopqrstuvwxyzàáâãçéêíóôõú",
    folds={"ñ": "nh"},
    reasons={
        "ñ": "read as nh: mañana",
        "ü": "written u since the spelling reform: lingüiça, linguiça",
        "ò": "not used in today's spelling",
    },
    abbreviations={
        "sr.": "senhor",
        "sra.": "senhora",
        "srs.": "senhores",
        "srta.": "senhorita",
        "dr.": "doutor",
        "dra.": "doutora",
        "prof.": "professor",
        "profa.": "professora",
        "exmo.": "excelentíssimo",
        "exma.": "excelentíssima",
        "eng.": "engenheiro",
        "av.": "avenida",
        "etc.": "etcétera",
        "p. ex.": "por exemplo",
        "n.º": "número",
        "nº": "número",
        "№": "número",
        "núm.": "número",
        "pág.": "página",
        "págs.": "páginas",
        "vol.": "volume",
        "tel.": "telefone",
        "aprox.": "aproximadamente",
        "ltda.": "limitada",
        "obs.": "observação",
        "vs.": "versus",
        "a. c.": "antes de cristo",
        "d. c.": "depois de cristo",
    },
    symbols={"&": "e", "@": "arroba", "+": "mais", "=": "igual a", "½": "meio", "¼": "um quarto"},
    units={
        "%": Unit(one="por cento", many="por cento", agrees=False),
        "½": Unit(one="e meio", many="e meio", agrees=False),
        "€": Unit(
            one="euro", many="euros", cents="e {}", small=("cêntimo", "cêntimos"), currency=True
        ),
        "$": Unit(
            one="dólar", many="dólares", cents="e {}", small=("centavo", "centavos"), currency=True
        ),
        "us$": Unit(
            one="dólar", many="dólares", cents="e {}", small=("centavo", "centavos"), currency=True
        ),
        "r$": Unit(
            one="real", many="reais", cents="e {}", small=("centavo", "centavos"), currency=True
        ),
        "£": Unit(one="libra", many="libras", feminine=True, cents="e {}", currency=True),
        "¥": Unit(one="iene", many="ienes", currency=True),
        "°": Unit(one="grau", many="graus"),
        "°c": Unit(one="grau celsius", many="graus celsius"),
        "km": Unit(one="quilômetro", many="quilômetros"),
        "km/h": Unit(one="quilômetro por hora", many="quilômetros por hora"),
        "m": Unit(one="metro", many="metros"),
        "m²": Unit(one="metro quadrado", many="metros quadrados"),
        "cm": Unit(one="centímetro", many="centímetros"),
        "mm": Unit(one="milímetro", many="milímetros"),
        "kg": Unit(one="quilograma", many="quilogramas"),
        "g": Unit(one="grama", many="gramas"),
        "h": Unit(one="hora", many="horas", feminine=True),
        "min": Unit(one="minuto", many="minutos"),
        "mil": Unit(one="mil", many="mil"),
        "milhão": Unit(one="milhão", many="milhão"),
        "milhões": Unit(one="milhões", many="milhões"),
        "bilhões": Unit(one="bilhões", many="bilhões"),
        "reais": Unit(one="reais", many="reais", cents="e {}"),
        "euros": Unit(one="euros", many="euros", cents="e {}"),
        "hora": Unit(one="hora", many="hora", feminine=True),
        "horas": Unit(one="horas", many="horas", feminine=True),
        "pessoas": Unit(one="pessoas", many="pessoas", feminine=True),
        "vez": Unit(one="vez", many="vez", feminine=True),
        "vezes": Unit(one="vezes", many="vezes", feminine=True),
        "semanas": Unit(one="semanas", many="semanas", feminine=True),
    },
    speller="pt_BR",
    fixes=(
        (_MILLIONS + r" e (?=(?:.* )?mil (?!milh)\S)", r"\1 "),  # um milhão mil e duzentos
        (r"(quadr|sept|oct)igentésimo", r"\1ingentésimo"),
    ),
    counting=((_MILLIONS + "$", r"\1 de"),),
    counting_feminine=(
        (r"\bum$", "uma"),
        (r"\bdois(?=$| mil$| mil (?!.*lh))", "duas"),
        (r"entos(?!.*(?:milh|bilh|trilh|bili))", "entas"),
    ),
    ordinals={"º": (), "ª": ((r"o\b", "a"),)},
    decimal=",",
    marks={",": "vírgula", ".": "ponto"},
    fraction_as_number=True,
    minus="menos",
)

PORTUGAL = replace(
    BRAZIL,
    code="pt-PT",
    name="Portuguese (Portugal)",
    units=dict(BRAZIL.units)
    | {
        "km": Unit(one="quilómetro", many="quilómetros"),
        "km/h": Unit(one="quilómetro por hora", many="quilómetros por hora"),
    },
    speller="pt",
)
