"""Licences as the Hub spells them."""

import re
from dataclasses import dataclass

HUB_LICENCES = frozenset(
    "afl-3.0 agpl-3.0 apache-2.0 apple-amlr apple-ascl artistic-2.0 bigcode-openrail-m "
    "bigscience-bloom-rail-1.0 bigscience-openrail-m bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear "
    "bsl-1.0 c-uda cc cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 "
    "cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 "
    "cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0 cdla-permissive-1.0 cdla-permissive-2.0 cdla-sharing-1.0 "
    "creativeml-openrail-m deepfloyd-if-license ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 "
    "gemma gfdl gpl gpl-2.0 gpl-3.0 h-research intel-research isc lgpl lgpl-2.1 lgpl-3.0 lgpl-lr llama2 "
    "llama3 llama3.1 llama3.2 llama3.3 lppl-1.3c mit mpl-2.0 ms-pl ncsa odbl odc-by ofl-1.1 openrail "
    "openrail++ osl-3.0 pddl postgresql unlicense wtfpl zlib".split()
)
"""The Hub's list, https://huggingface.co/docs/hub/repositories-licenses, without "other" and "unknown"."""

ALIASES = {
    "cc0": "cc0-1.0",
    "public-domain-cc0": "cc0-1.0",
    "apache": "apache-2.0",
    "apache-license-2.0": "apache-2.0",
    "mit-license": "mit",
    "odc-odbl": "odbl",
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "pddl-1.0": "pddl",
    "gfdl-1.3": "gfdl",
    "bsd-2": "bsd-2-clause",
    "bsd-3": "bsd-3-clause",
}
NOT_STATED = frozenset(("", "unknown", "none", "not-stated", "other", "-"))
"""Texts that name no licence."""
ADDRESS = re.compile(
    r"https?://creativecommons\.org/(?:licenses/(?P<kind>[a-z-]+)/(?P<version>\d\.\d)|publicdomain/zero/1\.0)"
)
CREATIVE_COMMONS = re.compile(
    r"cc-(?P<kind>by(?:-(?:nc|nd|sa)){0,2})-(?P<version>\d\.\d)(?:-(?P<place>[a-z]{2,3}))?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class HubLicence:
    """The keys of a card's metadata for one licence."""

    id: str
    """One of HUB_LICENCES, or "other"."""
    name: str | None = None
    """A name of lower-case letters, digits, points and hyphens, where the id is "other"."""
    link: str | None = None
    """Address of its text, where that is known."""


def hub_licence(written: str) -> HubLicence | None:
    """A licence in the Hub's spelling, from any usual one; None where no licence is named.

    `CC-BY-SA-3.0`, `CC BY-SA 3.0` and the address of its text are all `cc-by-sa-3.0`; one that is not
    on the Hub's list is `other` with a name.
    """
    if found := ADDRESS.search(written.lower()):
        kind = found["kind"]
        written = f"cc-{kind}-{found['version']}" if kind else "cc0-1.0"
    name = re.sub(r"[\s_/]+", "-", written.strip().lower()).removeprefix("license-")
    if name in HUB_LICENCES:
        return HubLicence(id=name)
    name = re.sub(r"-(only|or-later|license|licence|international|unported)(?=-|$)", "", name)
    name = re.sub(r"-?v(?=\d)", "-", name)
    if name in NOT_STATED:
        return None
    name = ALIASES.get(name, name)
    if name in HUB_LICENCES:
        return HubLicence(id=name)
    short = re.sub(r"[^a-z0-9.]+", "-", name).strip("-.")[:96]
    link = None
    if found := CREATIVE_COMMONS.fullmatch(short):
        place = f"{found['place']}/" if found["place"] else ""
        link = f"https://creativecommons.org/licenses/{found['kind']}/{found['version']}/{place}"
    elif written.strip().startswith(("https://", "http://")):
        link = written.strip()
    return HubLicence(id="other", name=short or "unnamed", link=link)
