"""Licences in any usual spelling, and in the Hub's."""

import re

import pytest

from xlt.reports.hub_licences import ALIASES, HUB_LICENCES, HubLicence, hub_licence


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("CC-BY-4.0", "cc-by-4.0"),
        ("CC BY-SA 3.0", "cc-by-sa-3.0"),
        ("cc_by_nc_nd_4.0", "cc-by-nc-nd-4.0"),
        ("CC BY 4.0 International", "cc-by-4.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/deed.es", "cc-by-sa-4.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
        ("CC0", "cc0-1.0"),
        ("CC0-1.0", "cc0-1.0"),
        ("Apache 2.0", "apache-2.0"),
        ("Apache License 2.0", "apache-2.0"),
        ("MIT", "mit"),
        ("MIT License", "mit"),
        ("GPL-3.0-or-later", "gpl-3.0"),
        ("GPL v3.0", "gpl-3.0"),
        ("AGPL-3.0-only", "agpl-3.0"),
    ],
)
def test_a_licence_of_the_list_is_found(written, found):
    assert hub_licence(written) == HubLicence(id=found)


@pytest.mark.parametrize(
    ("written", "name", "link"),
    [
        ("CC-BY-SA-2.0", "cc-by-sa-2.0", "https://creativecommons.org/licenses/by-sa/2.0/"),
        ("CC-BY-3.0-DE", "cc-by-3.0-de", "https://creativecommons.org/licenses/by/3.0/de/"),
        ("Nur für Forschung!", "nur-f-r-forschung", None),
        ("https://example.org/terms", "https-example.org-terms", "https://example.org/terms"),
        ("!!!", "unnamed", None),
    ],
)
def test_another_one_is_named(written, name, link):
    assert hub_licence(written) == HubLicence(id="other", name=name, link=link)


@pytest.mark.parametrize("written", ["", "unknown", "None", " not stated ", "other"])
def test_no_licence_is_none(written):
    assert hub_licence(written) is None


def test_the_list_is_in_the_hubs_spelling():
    assert all(re.fullmatch(r"[a-z0-9.+-]+", licence) for licence in HUB_LICENCES)
    assert set(ALIASES.values()) <= HUB_LICENCES
    assert all(hub_licence(licence) == HubLicence(id=licence) for licence in HUB_LICENCES)
