"""Entities and tags of web pages: characters, spaces, or nothing; the same in every language."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.language.markup import entities, without_tags
from xlt.language.rules import get
from xlt.language.text import normalise

CASES = [
    ("es", "El caf&eacute; &ldquo;Espa&ntilde;a&rdquo; abre", "el café españa abre"),
    ("es", "&#191;D&#243;nde est&#xE1;?", "dónde está"),
    ("es", "&amp;quot;S&iacute;&amp;quot;, dijo", "sí dijo"),
    ("es", "Ropa &amp;amp; zapatos", "ropa y zapatos"),
    ("es", "<p>Uno</p><p>dos</p>", "uno dos"),
    ("es", "Ma<b>dri</b>d es <em class='x'>grande</em>", "madrid es grande"),
    ("es", "&lt;i&gt;nunca&lt;/i&gt; m&aacute;s", "nunca más"),
    ("es", "Cuesta 5&nbsp;&euro; y mide &frac12;&nbsp;m", "cuesta cinco euros y mide medio metro"),
    ("pt", "A&ccedil;&atilde;o &mdash; rea&ccedil;&atilde;o", "ação reação"),
    ("pt", "Jo&#227;o &amp; Maria", "joão e maria"),
    ("pt", "d&rsquo;&aacute;gua e d&amp;#39;ouro", "dágua e douro"),
    ("pt", "primeira linha<BR />segunda linha", "primeira linha segunda linha"),
    ("pt", '<font color="#fff">ol&aacute;</font> mundo', "olá mundo"),
    ("pt", "&Uacute;LTIMA HORA &NBSP;AGORA", "última hora agora"),
    ("de", "Gr&ouml;&szlig;e &uuml;ber alles", "größe über alles"),
    ("de", "&bdquo;Ja&ldquo;, sagte sie &ndash; und ging", "ja sagte sie und ging"),
    ("de", "Haus &amp Hof", "haus und hof"),
    ("de", "Das ist &amp;lt;b&amp;gt;fett&amp;lt;/b&amp;gt;", "das ist fett"),
    ("de", "<!-- Notiz --><span style='a'>Erste</span><hr>Zweite", "erste zweite"),
    ("de", "<c.yellow>Guten</c> <00:00:01.500>Tag", "guten tag"),
    ("en", "It&#8217;s Tom &amp; Jerry&apos;s", "it's tom and jerry's"),
    ("en", "<i>well</i><br>known", "well known"),
]


@pytest.mark.parametrize(("code", "written", "spoken"), CASES)
def test_markup_is_not_read_aloud(code, written, spoken):
    done = normalise(written, get(code))
    assert done.text == spoken
    assert done.markup > 0
    assert not done.marks


@pytest.mark.parametrize(
    ("code", "written", "spoken"),
    [
        ("es", "pan&vino; agua", "pan y vino agua"),
        ("de", "5 < 7 und 9 > 8", "fünf kleiner als sieben und neun größer als acht"),
        ("de", "Müller&Söhne; Meier", "müller und söhne meier"),
        ("en", "Q&A; R&D", "q and a r and d"),
        ("pt", "tom & jerry;", "tom e jerry"),
        ("es", "3<4", "tres cuatro"),
    ],
)
def test_what_only_looks_like_markup_stays(code, written, spoken):
    done = normalise(written, get(code))
    assert (done.text, done.markup) == (spoken, 0)


@given(text=st.text("aé &<>;'\"ñ", max_size=30))
def test_escaped_once_and_twice_is_the_text_itself(text):
    once = html.escape(text)
    if "&" not in text:  # what looks like an entity in the text itself is one
        assert entities(once)[0] == text
        assert entities(html.escape(once))[0] == text


def test_wrong_code_points_do_no_harm():
    for written in ("&#0;", "&#xD800;", "&#99999999;", "&#x110000;", "&nosuch;", "&;", "&#;"):
        assert normalise(f"a {written} b", get("es")).text.endswith("b")


def test_tags_are_counted():
    assert without_tags("<b>a</b><br/>c") == ("a c", 3)
    assert without_tags("a < b") == ("a < b", 0)
