"""Portuguese words of event and speaker marks: `(risos)`, `[falante 2]`."""

from xlt.language.phenomena import Events

EVENTS = Events(
    words=frozenset(
        """
        aplaudem barulho barulhos boceja bocejo bocejos chora choram chorando choro espirra espirro
        espirros grito gritos incompreensível música pausa pigarreia pigarro respiração rindo ri
        riem ruído ruídos silêncio soluço soluços suspira suspiro suspiros sussurra sussurrando
        sussurro sussurros tosse tossem tosses tossindo
        """.split()
    ),
    openers=frozenset(
        "aplauso aplausos gargalhada gargalhadas inaudível ininteligível murmúrio murmúrios risada "
        "risadas riso risos vaias".split()
    ),
    beside=frozenset(
        "a ambiente ambos as ao com curta curto da das de do dos e em entre forte fortes fundo geral "
        "gerais leve longa longo na no nervoso nervosos novo o os plateia público sala se toca todos "
        "um uma".split()
    ),
    speakers=("entrevistador", "entrevistadora", "falante", "locutor", "locutora", "narrador"),
)
