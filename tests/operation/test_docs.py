"""What the documents name is there: files, folders, make targets and terms."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "service" / "twicetold"
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
LASTING = [path for path in DOCUMENTS if path.parent.name != "measurements" or path.name == "README.md"]
"""A measurement tells what was so on its day."""

names = pytest.mark.parametrize("path", LASTING, ids=lambda path: path.relative_to(ROOT).as_posix())


@names
def test_every_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@names
def test_every_file_that_is_named_exists(path):
    rooms = "|".join(
        ["service", "tests", "bench", "docs", *(child.name for child in PACKAGE.iterdir() if child.is_dir())]
    )
    named = re.findall(rf"`((?:{rooms})/[\w./-]+)`", path.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists() and not (PACKAGE / name).exists()] == []


@names
def test_every_make_target_that_is_named_exists(path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)) <= targets


def test_no_term_of_the_glossary_is_what_another_term_is_not_called():
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([^|]*)\|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    terms = [term.strip().strip("`") for row, _ in rows for term in row.split(",") if row not in {"term ", "term"}]
    assert len(terms) == len(set(terms))
