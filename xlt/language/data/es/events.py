"""Spanish words of event and speaker marks: `(risas)`, `(se ríe)`, `[locutor 2]`."""

from xlt.language.phenomena import Events

EVENTS = Events(
    words=frozenset(
        """
        aplauden bosteza bostezo bostezos carraspea carraspeo carraspeos estornuda estornudo estornudos
        grito gritos incomprensible jadeo jadeos llanto llora lloran llorando música pausa
        respiración ruido ruidos ríe ríen riendo riéndose silbido silbidos silencio sollozo sollozos
        suspira suspiro suspiros susurra susurrando susurro susurros tos tose tosen tosiendo
        """.split()
    ),
    openers=frozenset(
        "abucheos aplauso aplausos carcajada carcajadas inaudible ininteligible murmullo murmullos "
        "ovación risa risas".split()
    ),
    beside=frozenset(
        "al ambiente ambos con corta corto de del el en entre fondo fuerte fuertes general generales "
        "la larga largo las leve los nerviosa nerviosas otra público sala se suave suena todos un "
        "una vez y".split()
    ),
    speakers=("entrevistador", "entrevistadora", "hablante", "locutor", "locutora", "narrador"),
)
