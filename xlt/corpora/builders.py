"""The corpora that xlt can read, by the name that the command line gives them.

A new corpus is a class in a file of its own beside this one (readers/ has what reads archives and
tables, data/ the small files that come with a corpus), and one more name in `AnyCorpus`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar, get_args

from xlt.corpora.asterisk import Asterisk
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.espeak import Espeak
from xlt.corpora.folder import Folder
from xlt.corpora.hub import Hub
from xlt.corpora.prepared import Prepared

AnyCorpus = Asterisk | CommonVoice | Folder | Hub | Espeak | Prepared

BUILDERS: Mapping[str, type[AnyCorpus]] = {
    re.sub(r"(?<=[a-z])(?=[A-Z])", "-", corpus.__name__).lower(): corpus
    for corpus in get_args(AnyCorpus)
}
"""Name -> corpus: asterisk, common-voice, …; as in the names of the flags."""

Kind = TypeVar("Kind")


def in_language(corpus: Kind, language: str) -> Kind:
    """The corpus in a language, if it names none itself."""
    if isinstance(corpus, CommonVoice | Espeak | Folder | Hub) and not corpus.language:
        return replace(corpus, language=language)
    return corpus
