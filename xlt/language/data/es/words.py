"""Spanish words that the rules need: abbreviations, kings and queens, acronyms, names of letters."""

from collections.abc import Mapping

from xlt.language.phenomena import Substitutions

MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
).split()

SHORT_MONTHS: Mapping[str, int] = {
    "ene.": 1, "en.": 1, "feb.": 2, "febr.": 2, "mzo.": 3, "mar.": 3, "abr.": 4, "may.": 5,
    "jun.": 6, "jul.": 7, "ago.": 8, "ag.": 8, "sep.": 9, "sept.": 9, "set.": 9, "oct.": 10,
    "nov.": 11, "dic.": 12, "ene": 1, "feb": 2, "abr": 4, "jun": 6, "jul": 7, "ago": 8, "sep": 9,
    "sept": 9, "oct": 10, "nov": 11, "dic": 12, "setiembre": 9,
}  # fmt: skip
"""Short months, and the spelling of September that is usual in Peru and Uruguay."""

_PLAIN = """
sr.|señor sra.|señora srta.|señorita sres.|señores sras.|señoras dr.|doctor dra.|doctora
dres.|doctores prof.|profesor profa.|profesora lic.|licenciado licda.|licenciada
gral.|general tte.|teniente cnel.|coronel almte.|almirante
ud.|usted uds.|ustedes vd.|usted vds.|ustedes dña.|doña da.|doña d.ª|doña dª.|doña dª|doña mª|maría fdo.|firmado
sto.|santo sta.|santa mons.|monseñor excmo.|excelentísimo excma.|excelentísima
ilmo.|ilustrísimo ilma.|ilustrísima gob.|gobierno admón.|administración cía.|compañía
av.|avenida avda.|avenida avd.|avenida blvd.|bulevar blvr.|bulevar c/|calle ctra.|carretera
pza.|plaza plza.|plaza pje.|pasaje urb.|urbanización carr.ª|carrera esq.|esquina dpto.|departamento
depto.|departamento izq.|izquierda izda.|izquierda dcha.|derecha edif.|edificio
p.º|paseo etc.|etcétera núm.|número núms.|números n.º|número nº|número n°|número №|número
pág.|página págs.|páginas pp.|páginas vol.|volumen vols.|volúmenes art.|artículo arts.|artículos
fig.|figura tel.|teléfono tfno.|teléfono telf.|teléfono aprox.|aproximadamente
máx.|máximo mín.|mínimo vs.|versus adj.|adjunto atte.|atentamente cta.|cuenta gtos.|gastos
hab.|habitantes kms.|kilómetros hrs.|horas mts.|metros
cda.|cucharada cdas.|cucharadas cdta.|cucharadita cdtas.|cucharaditas apdo.|apartado
incl.|incluido ltda.|limitada rvdo.|reverendo m.ª|maría fco.|francisco lun.|lunes mié.|miércoles miér.|miércoles jue.|jueves vie.|viernes
sáb.|sábado dom.|domingo
"""
_SPACED = {
    "s. m.": "su majestad",
    "ss. mm.": "sus majestades",
    "p. ej.": "por ejemplo",
    "ee. uu.": "estados unidos",
    "rr. hh.": "recursos humanos",
    "ff. aa.": "fuerzas armadas",
    "jj. oo.": "juegos olímpicos",
    "cc. aa.": "comunidades autónomas",
    "a. c.": "antes de cristo",
    "d. c.": "después de cristo",
    "a. de c.": "antes de cristo",
    "d. de c.": "después de cristo",
    "a. n. e.": "antes de nuestra era",
    "a. e. c.": "antes de la era común",
    "a. j. c.": "antes de jesucristo",
    "d. j. c.": "después de jesucristo",
    "q. e. p. d.": "que en paz descanse",
    "c. p.": "código postal",
    "s. a. r.": "su alteza real",
    "s. a.": "sociedad anónima",
    "c/c": "cuenta corriente",
    "c/u": "cada uno",
    "ss. aa. rr.": "sus altezas reales",
    "s. l.": "sociedad limitada",
    "s. l. u.": "sociedad limitada unipersonal",
    "p. d.": "posdata",
}
ABBREVIATIONS: Mapping[str, str] = {
    key: words.replace("_", " ") for key, words in (row.split("|") for row in _PLAIN.split())
} | _SPACED

BEFORE_NUMBERS: Mapping[str, str] = {
    **{"cap.": "capítulo", "caps.": "capítulos", "km": "kilómetro", "lun": "lunes"},
    **{"mié": "miércoles", "jue": "jueves", "vie": "viernes", "sáb": "sábado", "dom": "domingo"},
    **{"vie.": "viernes", "vier.": "viernes"},
}
"""Read so only before a number; short days without a full stop, but not `mar`, which is March, too."""
ROUND_DENOMINATORS: Mapping[int, str] = {
    **{100: "centésimo", 200: "ducentésimo", 300: "tricentésimo", 400: "cuadringentésimo"},
    **{500: "quingentésimo", 600: "sexcentésimo", 700: "septingentésimo"},
    **{800: "octingentésimo", 900: "noningentésimo", 1000: "milésimo"},
    **{10_000: "diezmilésimo", 100_000: "cienmilésimo", 1_000_000: "millonésimo"},
}
"""Denominator -> its name in the singular."""

_COUNTED_FROM_FIRST = (
    "piso lugar grado año puesto premio aniversario congreso básico medio semestre trimestre "
    "bimestre ciclo nivel batallón regimiento distrito juzgado tiempo set turno mandato"
)
_MASCULINE = rf"(?=\s(?:{_COUNTED_FROM_FIRST.replace(' ', '|')})\b)"
_WARMTH = "bajo cero|sobre cero|a la sombra|de (?:fiebre|temperatura|máxima|mínima)"
_CODES = r"(?<!\w)(?:S/\.?|USD|MXN|EUR|DOP|GTQ|HNL|NIO|PEN|PAB|SVC|CAD)(?!\w)"
_BEFORE = rf"(?:[$€£¥₡]|{_CODES})"
"""Signs and codes before an amount, where a comma before three digits parts the thousands."""
TYPED: Substitutions = ((r"(?<=, )[sS]/[nN](?!\w)", "sin número"),)
TYPED_NUMBERS: Substitutions = (
    (r"(?<![\w/.-])24/7(?![\w/.-])", "veinticuatro siete"),
    (r"(?<=[0-9])'s\b", ""),
    (r"(?<![\w.,])([2-6])G(?!\w)", r"\1 ge"),
    (r"(?<![\w.,])([248])K(?!\w)", r"\1 ka"),
    (r"(?<=\ba )([1-9][0-9]{1,2})º(?!\w)", r"\1°"),
    (r"(?<=[0-9],[0-9])\s?º(?!\w)", "°"),
    (rf"(?<=[0-9])\s?º(?=\s(?:{_WARMTH})\b)", "°"),
    (r"(?<=[0-9] )[Uu]ds\.", "unidades"),
    (r"(?<=[0-9] )(?:AC|aC)(?![\w/])", "a. C."),
    (r"(?<=[0-9] )(?:DC|dC)(?![\w/])", "d. C."),
    (rf"-(?<![^\s(]-)((?:(?:US|MXN?|MEX|RD|AR|R) ?)?{_BEFORE})\s?(?=[0-9])", r"\1 -"),
    (r"(\$\s?-?[1-9][0-9]{0,2})'(?=[0-9]{3},[0-9]{3})", r"\1,"),
    (
        rf"({_BEFORE}\s?-?[1-9][0-9]{{0,2}}),(?=[0-9]{{3}}(?![0-9,]|\.[0-9]))",
        r"\1.",
    ),
    (r"(?<![\w.,])([1-9][0-9]{0,2}),(?=[0-9]{3}\s?(?:MXN|pesos mexicanos)(?!\w))", r"\1."),
    (
        r"(?<![\w.,:])([0-9]{1,2}\.[0-9]{2})(?: a |\s?[-–]\s?)"
        r"(?=[0-9]{1,2}\.[0-9]{2}\s?(?:h|hs|horas)(?!\w))",
        r"\1 h a ",
    ),
    (r"(?<=[0-9])\s?º(?=\s?[CF]\b)", "°"),
    (r"(?<![\w.,])1\s?M(?=\s(?:de\b|€))", "1 millón"),
    (r"(?<=[0-9])\s?M(?=\s(?:de\b|€))", " millones"),
    (r"(?<![^\s(])(-[0-9]{1,2})º", r"\1°"),
    (rf"(?<![\w.,-])([13]|[2-9][13])(?:\.?[°º]|o\.?){_MASCULINE}", r"\1.er"),
    (rf"(?<![\w.,-])([1-9][0-9]?)(?:\.?°|o\.?){_MASCULINE}", r"\1º"),
    (r"\A([1-9])°\Z", r"\1º"),
    (r"(?<![\w.,%/-])([1-9][0-9]{0,2})\.?o(s?)(?!\w)", r"\1º\2"),
    (r"(?<![\w.,%/-])([1-9][0-9]{0,2})\.?a(s?)(?!\w)", r"\1ª\2"),
    (r"(?<=[0-9])\s?[xX](?=\s?[0-9])", " por "),
)
"""The sign of a degree typed for that of an ordinal, and the other way round; what only capitals
tell apart (`5G`, `30 M de euros`), `$1,500` of Mexico, ranges of times with a point.
"""

KINGS = frozenset(
    """
    adolfo adriano alejandro alfonso amadeo benedicto bonifacio calixto carlos celestino clemente
    constantino cristián darío eduardo enrique ernesto eugenio federico felipe fernando
    francisco gregorio guillermo gustavo haakon harald humberto inocencio jacobo jaime jerjes jorge
    josé juan julio león leopoldo luis manuel miguel mohamed mohammed moctezuma napoleón nicolás
    otón pablo pedro pío ramiro ramsés ricardo roberto rodolfo sancho segismundo silvestre sixto
    tutmosis urbano víctor
    """.split()
)
QUEENS = frozenset(
    "ana berenguela blanca catalina cleopatra cristina isabel juana leonor margarita maría urraca "
    "beatriz victoria guillermina".split()
)
CENTURIES = frozenset("siglo siglos s. ss. año tipo nivel fase temporada parte división".split())
"""Roman numerals after these are cardinals: `siglo veintiuno`, `tipo dos`."""
CHAPTERS = frozenset(
    "capítulo capítulos tomo tomos volúmenes título artículo libro acto canto anexo apéndice volumen cuerpo "
    "ejército salmo concilio reich grado".split()
)
EVENTS = frozenset(
    """
    aniversario batallón campeonato centenario certamen ciclo coloquio concilio concurso conde
    congreso convenio cuerpo curso distrito domingo duque ejército encuentro festival foro imperio
    maratón marqués milenio mundial plan premio premios rally regimiento reich salón
    seminario simposio torneo trofeo triunvirato gran
    """.split()
)
FEMININE_EVENTS = frozenset(
    """
    asamblea bienal brigada carrera conferencia convención copa cruzada cumbre dinastía división
    edición exposición feria fiesta flota gala guerra internacional jornada jornadas legión
    legislatura marcha muestra olimpiada promoción región república semana travesía vuelta
    """.split()
)

LETTER_NAMES: Mapping[str, str] = {
    "a": "a", "b": "be", "c": "ce", "d": "de", "e": "e", "f": "efe", "g": "ge", "h": "hache",
    "i": "i", "j": "jota", "k": "ka", "l": "ele", "m": "eme", "n": "ene", "ñ": "eñe", "o": "o",
    "p": "pe", "q": "cu", "r": "erre", "s": "ese", "t": "te", "u": "u", "v": "uve",
    "w": "uve doble", "x": "equis", "y": "i griega", "z": "zeta",
    "á": "a", "é": "e", "í": "i", "ó": "o", "ú": "u", "ü": "u",
}  # fmt: skip
"""As the Real Academia lists them; `doble ve` and `ve` are usual in much of Latin America."""

READABLE = (
    "(?:[bcfgpt]r|dr|[bcfgpk]l|ch|ll|ps|qu|gu|[bcdfghjklmnñprstvwxyz])?[aeiouáéíóúü]{1,3}"
    "(?:(?:ns|rs|bs|[bcdfglmnprstxz])?"
    "(?:[bcfgpt]r|dr|[bcfgpk]l|ch|ll|qu|gu|[bcdfghjklmnñprstvwxyz])[aeiouáéíóúü]{1,3})*"
    "(?:ns|[lrnsdzxmy])?|y"
)
"""Words of Spanish syllables, with the endings that Spanish words have."""
WORDS_IN_CAPITALS = frozenset("opep pib seat urss vip wifi".split())
"""Acronyms that are read as words although their last letters are not Spanish."""
ZONES = ("gmt", "utc", "cet", "cest", "est", "cst", "mst", "pst", "edt", "cdt", "pdt")
"""Time zones, spelled after a time."""
SPELLED = frozenset("co ue ia ip io".split())
"""Acronyms that are spelled although they could be read: `la ue`, `la ia`."""
SAYINGS: Mapping[str, str] = {
    "eeuu": "estados unidos",
    "rrhh": "recursos humanos",
    "ccaa": "comunidades autónomas",
    "ffaa": "fuerzas armadas",
    "jjoo": "juegos olímpicos",
    "ccoo": "comisiones obreras",
    "ok": "okey",
    "www": "uve doble uve doble uve doble",
}
