"""The pages of docs/ are found from the README, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")


def linked_from(page: Path) -> set[Path]:
    """The files a page links to, wherever they should be."""
    found = _LINK.findall(page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in found}


def test_the_readme_leads_to_every_page():
    assert {page.name for page in PAGES if page not in linked_from(ROOT / "README.md")} == set()


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_no_link_leads_nowhere(page: Path):
    assert [str(target) for target in linked_from(page) if not target.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_named_in_brackets_exist(page: Path):
    named = re.findall(r"\(([a-z-]+\.md)[:)]", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / "docs" / name).exists()] == []
