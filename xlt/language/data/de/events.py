"""German words of event and speaker marks: `(lacht)`, `[Musik]`, `[Sprecher 2]`."""

from xlt.language.phenomena import Events

EVENTS = Events(
    words=frozenset(
        """
        applaus atmen atmet flüsternd flüstert geräusch geräusche gähnen gähnt hintergrundgeräusch
        hintergrundgeräusche hintergrundmusik husten hustet jubel kichern kichert klatschen lachen
        lachend lacht murmeln murmelt musik niesen niest pause rauschen räuspern räuspert schluchzen
        schluchzt schritte seufzen seufzend seufzer seufzt stille stöhnt störgeräusch störgeräusche
        störung weinen weint
        """.split()
    ),
    openers=frozenset(
        "beifall gelächter heiterkeit unhörbar unverständlich zuruf zurufe zwischenruf zwischenrufe".split()
    ),
    beside=frozenset(
        "alle beide dem der die er es hintergrund im in kurz kurze kurzer lang lange langer laut laute "
        "lauter leicht leise leiser leises publikum saal setzt sie sich spielt und vom wieder".split()
    ),
    speakers=("befragte", "befragter", "erzähler", "interviewerin", "sprecher", "sprecherin"),
)
