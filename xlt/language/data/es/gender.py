"""Spanish nouns after a number: their gender, told by their endings, and by lists of the others."""

_MASCULINE_IN_A = (
    "día mediodía problema programa sistema tema idioma clima poema drama síntoma planeta mapa "
    "cometa atleta guardia policía espía colega pirata gorila tranvía diploma dogma lema esquema "
    "teorema telegrama diagrama crucigrama fantasma poeta profeta patriota camarada demócrata papa "
    "cura dálmata"
).split()
_FEMININE_OTHERS = (
    "vez mujer noche tarde calle parte clase frase especie serie torre llave nave ley voz luz cruz "
    "raíz mano foto moto muerte sede red pared base fase fuente flor piel sal cárcel señal catedral "
    "ave clave nube sangre gente madre"
).split()
_FEMININE_ODD = ("imagen imágenes orden órdenes razón razones crisis tesis").split()
"""Those whose plural is not the singular with an ending, and those that have one form."""
_NO_NOUNS_AS = (
    "las más tras atrás además quizás jamás mientras apenas ellas nosotras varias otras muchas "
    "pocas todas algunas unas estas esas aquellas cuyas cuantas ambas detrás demás"
).split()
_NO_NOUNS_S = (
    "los nos es dos tres seis menos unos otros antes entonces después pues eres ellos nosotros "
    "varios muchos pocos todos algunos estos esos aquellos cuyos cuantos ambos somos vamos les tus "
    "mis sus lunes martes miércoles jueves viernes gracias etcétera quienes cuales"
).split()
_NO_NOUNS_ONE = (
    "a al ante aquel aquella aún aunque bajo cada casi como con contra cuando cuatro de del desde "
    "donde durante el ella en entonces entre era es esa ese esta estaba estará está este etcétera "
    "fue ganará gana ganó ha habrá hace hacia hasta hay hoy igual incluso la le lo llega llegará "
    "lleva luego mientras mil millón muy más nada ni no nos nueve nunca o ocho once otra otro para "
    "pasa pasó pero poco por porque punto coma puede que queda quince quizá sea según será si sin "
    "sino siete sobre solamente son su tal también tampoco tan tanto tendrá tenía tiene toda todo "
    "tras trece tu un una va vale viene y ya yo así ahí allí aquí antes después ayer mañana además "
    "abre acaba comienza empieza empezó marcó mi se sigue sube tuvo activa debe deben debería desactiva "
    "equivale habilita implica indica indican inhabilita permite puede pueden representa requiere "
    "significa"
).split()
"""Words that often follow 1 and are not nouns that it counts."""
LABELS = frozenset(
    "andén anexo apartado artículo autobús bus canal capítulo carretera carril categoría "
    "dorsal día edición episodio etapa fase fecha figura formación fórmula grado grupo habitación "
    "jornada kilómetro liga línea minuto nivel número opción pista planta puerta punto página "
    "ronda ruta sala sección tabla tema temporada tipo versión volumen vía zona".split()
)
"""Words that a number names, so that it agrees with nothing after it: `el minuto 1 marcó`."""

NUMBERED = frozenset(
    "§ §§ anexo anexos apartado apartados apéndice apéndices artículo artículos capítulo capítulos "
    "cuadro cuadros cláusula cláusulas ecuación ecuaciones ejemplo ejemplos ejercicio ejercicios "
    "epígrafe epígrafes figura figuras firmware fórmula fórmulas gráfica gráficas gráfico gráficos "
    "imagen ilustración lección norma numeral numerales párrafo párrafos punto puntos regla reglas "
    "sección secciones subapartado subsección tabla tablas tarea tema temas teorema unidad versión "
    "versiones ítem ítems".split()
)
"""Nouns of numbering: a number in parts after them is not a date, `figura 2.6.10`."""


def _none_of(words: list[str]) -> str:
    return rf"(?!(?:{'|'.join(words)})$)"


def _plural(word: str) -> str:
    """`vez` -> `veces`, `mujer` -> `mujeres`, `noche` -> `noches`."""
    if word[-1] in "aeiouáéí":
        return f"{word}s"
    return f"{word[:-1]}ces" if word[-1] == "z" else f"{word}es"


_MASCULINE_PLURALS = [_plural(word) for word in _MASCULINE_IN_A]
_FEMININE_PLURALS = [_plural(word) for word in _FEMININE_OTHERS]
FEMININE = (
    rf"{_none_of(_MASCULINE_PLURALS + _NO_NOUNS_AS)}(?!.*(?:istas|icidas)$).{{2,}}as"
    rf"|.+[cstx]iones|.+[dt]ades|.+tudes|{'|'.join(_FEMININE_PLURALS + _FEMININE_ODD)}"
    "|cárceles"
)
"""Feminine nouns in the plural, by their endings."""
MASCULINE = rf"{_none_of(_NO_NOUNS_S + _NO_NOUNS_AS)}.{{3,}}s"
"""Any other word in -s is taken for a masculine plural."""
FEMININE_ONE = (
    rf"{_none_of(_MASCULINE_IN_A + _NO_NOUNS_ONE)}(?!.*(?:istas?|icida|as)$).{{2,}}a"
    rf"|.+[cstx]ión|.+[dt]ad|.+tud|{'|'.join(_FEMININE_OTHERS + _FEMININE_ODD)}"
)
"""Feminine nouns in the singular, after 1."""
MASCULINE_ONE = (
    rf"{_none_of(_NO_NOUNS_ONE)}(?!.*(?:rá|ré|ó|ando|iendo|mente|[aeo]s)$).{{3,}}|mes|gas|as"
)
"""Any other word after 1 that is neither a plural nor easily recognised as a form of a verb."""
