"""Event and speaker marks: left out, kept or a reason to reject, and counted in each case."""

import pytest

from xlt.language.choices import Choices, chosen, way_of_writing
from xlt.language.rules import get
from xlt.language.text import Transcript, normalise

MARKED = [
    ("es", "Hola [risas] a todos", "hola a todos"),
    ("es", "(Aplausos del público) Gracias", "gracias"),
    ("es", "No sé (se ríe) qué decir", "no sé qué decir"),
    ("es", "[Locutor 2] Buenas noches", "buenas noches"),
    ("es", "eso {ruido de fondo} es todo", "eso es todo"),
    ("es", "*tose* perdón (inaudible, 00:12)", "perdón"),
    ("es", "dijo <unk> y se fue [00:12:31]", "dijo y se fue"),
    ("pt", "Sim (risos) claro", "sim claro"),
    ("pt", "[música de fundo] Bom dia", "bom dia"),
    ("pt", "(Aplausos na plateia.) Obrigado", "obrigado"),
    ("pt", "<ruído> não {tosse} sei", "não sei"),
    ("pt", "*suspira* tudo bem", "tudo bem"),
    ("pt", "(Falante 1:) oi [inaudível]", "oi"),
    ("de", "Ja [Musik] genau", "ja genau"),
    ("de", "*seufzt* na gut (lacht leise)", "na gut"),
    ("de", "Danke. (Beifall bei der SPD)", "danke"),
    ("de", "<SPRECHER 1> Guten Tag {räuspern}", "guten tag"),
    ("de", "(Interviewer:) und dann [[unverständlich]]", "und dann"),
    ("de", "<|de|> Hallo <noise> Welt", "hallo welt"),
    ("en", "well (laughs nervously) [door slams] ok", "well laughs nervously ok"),
    ("en", "[LAUGHTER] right (crosstalk with host)", "right"),
    ("en", "so (coughs) yes *sighs* <breath>", "so yes"),
    ("en", "(Speaker A:) hi {applause} there", "hi there"),
    ("en", "[PAD] good [UNK] day", "good day"),
    ("en", "(applause)", ""),
]


@pytest.mark.parametrize(("code", "written", "spoken"), MARKED)
def test_marks_are_left_out_and_counted(code, written, spoken):
    done = normalise(written, get(code))
    assert done.text == spoken
    assert sum(done.marks.values()) >= 1
    assert {name: done.dropped[name] for name in done.marks} == done.marks
    assert done.unread == 0


@pytest.mark.parametrize(
    ("code", "written", "spoken"),
    [
        ("es", "la cena (música en vivo incluida)", "la cena música en vivo incluida"),
        ("es", "esto es *muy* importante (creo)", "esto es muy importante creo"),
        ("es", "los alumno[s] (y el ruido de la calle)", "los alumno s y el ruido de la calle"),
        ("pt", "o ministro (da saúde) veio", "o ministro da saúde veio"),
        ("pt", "cinco (5) vezes […]", "cinco cinco vezes"),
        ("de", "Was (bitte) soll das?", "was bitte soll das"),
        ("de", "der Sprecher (Sprecher der Polizei)", "der sprecher sprecher der polizei"),
        ("de", "50 % > 20 % [ ]", "fünfzig prozent größer als zwanzig prozent"),
        ("en", "he said (and meant) it", "he said and meant it"),
        ("en", "2 * 3 * 4", "two three four"),
    ],
)
def test_what_is_said_stays(code, written, spoken):
    done = normalise(written, get(code))
    assert (done.text, dict(done.marks)) == (spoken, {})


@pytest.mark.parametrize(
    ("code", "written", "spoken"),
    [
        ("es", "Hola [risas] a todos", "hola risas a todos"),
        ("es", "[PAD] | [UNK] <s>", "pad u ene ka"),
        ("pt", "<ruído> não", "ruído não"),
        ("pt", "Sim (risos)", "sim risos"),
        ("de", "<noise> Welt *seufzt*", "noise welt seufzt"),
        ("de", "[Musik] {Applaus}", "musik applaus"),
        ("en", "<|en|> hi", "en hi"),
    ],
)
def test_they_can_be_kept_and_are_still_counted(code, written, spoken):
    done = normalise(written, chosen(get(code), Choices(marks="keep")))
    assert done.text == spoken
    assert sum(done.marks.values()) >= 1
    assert not set(done.marks) & set(done.dropped)


def test_a_rejecting_choice_leaves_them_out_of_scores():
    rejecting = chosen(get("es"), Choices(marks="reject"))
    done = normalise("Sí [risas]", rejecting)
    assert (done.text, done.marks) == ("sí", {"[risas]": 1})


def test_the_choice_is_part_of_the_way_of_writing():
    ways = {
        way_of_writing(chosen(get("de"), Choices(marks=policy)))
        for policy in ("drop", "keep", "reject")
    }
    assert len(ways) == 3


def test_marks_with_numbers_are_one_kind():
    done = normalise("[Spk 1] hola [spk  22] sí [SPK 3]", get("es"))
    assert done.marks == {"[spk 0]": 3}
    assert all(len(name) <= 32 for name in normalise(f"[{'a' * 70}]", get("es")).marks)


def test_a_number_goes_on_over_a_mark():
    assert normalise("am 3. [lacht] Mai", get("de")).text == "am dritten mai"
    assert normalise("[lacht]", get("de")) == Transcript(
        text="", marks={"[lacht]": 1}, dropped={"[lacht]": 1}
    )
