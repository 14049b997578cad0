"""Names of authors as people write them, out of what pages give for authors."""

from __future__ import annotations

import re
from html import unescape

LONGEST = 100
"""Characters of a name, and of a line that is nothing but a byline."""

_LONGEST_LIST = 1000
_MOST_WORDS = 6

BY = re.compile(
    r"""(?: (?:(?:words|text|story|article|report|reporting|analysis|opinion|review|post)\s+)?
            (?:written|posted|published|authored|reported|created|contributed)?\s*by
          | authors?|writer|von|vom|autor(?:in|en|a|es|i)?|par|por|di|door|tekst|texte?|texto|testo|av|af
          | skrevet\ av|skriven\ av|kirjoittanut|oleh|penulis|yazan|haber|автор|текст|автори|scris\ de
          | napsal|pisze|írta|bởi|tác\ giả|بقلم|كتب|نویسنده|מאת|作者|撰文|文|記者|记者|기자|글 )
        (?:\s*[:：|–-]\s*|\s+|$)""",
    re.IGNORECASE | re.VERBOSE,
)
"""What stands before a name in a byline, in the languages of the press."""

_NOBODY = frozenset({
    "admin", "administrator", "root", "webmaster", "user", "guest", "author", "authors", "editor", "editors", "staff",
    "unknown", "none", "null", "undefined", "default", "superuser", "siteadmin", "wpadmin", "newsroom", "redaktion",
    "redaction", "redacción", "redação", "redazione", "redactie", "redaksi", "redakcja", "redakce", "редакция",
    "web desk", "news desk", "online desk", "staff writer", "staff reporter", "guest author", "guest post",
    "the author", "contributor", "contributors",
})  # fmt: skip
"""Accounts and offices that stand where a name should."""

_ROLE = re.compile(
    r"""\b(?:contributor|correspondent|editor|reporter|writer|journalist|producer|columnist|officer|manager|director
        |specialist|coordinator|president|founder|professor|lecturer|strategist|analyst|consultant|expert|head|chief
        |senior|staff|press|agency|news|blog|redakteur\w*|korrespondent\w*|periodista|redactora?|journaliste|giornalista
        |dietitian|associate|attorney|inc|llc|ltd)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CREDENTIAL = re.compile(
    r"(?:[A-Z][A-Za-z]{0,2}[A-Z.®™]+[A-Za-z.®™]*|Jr\.?|Sr\.?|I{2,3})(?:[\s,/-]+(?:[A-Z][A-Z.®™-]+|\d+))*"
)
"""Degrees and the like, which belong to the name before: "PhD", "M.D. FACLM", "E-RYT 200"."""

_PARTICLES = frozenset({
    "de", "del", "della", "der", "den", "di", "da", "dos", "das", "do", "du", "la", "le", "les", "van", "von", "vom",
    "ter", "ten", "bin", "ibn", "al", "el", "y", "e", "i", "zu", "af", "av", "the", "of", "st", "st.", "und", "and",
})  # fmt: skip
_AND = re.compile(r"\s+(?:and|und|et|y|og|och|en|ja|và|и|та|dan|ve|with)\s+|\s*[&;/、，]\s*|\s+\|\s+", re.IGNORECASE)
_END = re.compile(r"\s+[–—-]\s+|\s*[|•·]\s*|\s+(?:for|on|in|at)(?=\s+[A-Z0-9]|$)|,\s+(?=\d)")
"""Where a name ends and its office, place or date begins."""

_EMAIL = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_HANDLE = re.compile(r"(?<!\S)@\w+")
_BRACKETED = re.compile(r"[(<\[]([^()<>\[\]]*)[)>\]]\s*$")
_NO_NAME = ("//", "{", "%")
"""What addresses and unfilled templates hold."""


def names_in(written: str) -> list[str]:
    """The names in what a page gives as its authors: without "by", addresses, offices and roles."""
    written = " ".join(unescape(written[:_LONGEST_LIST]).split())
    if any(mark in written for mark in _NO_NAME):
        return []
    text = _HANDLE.sub(" ", _EMAIL.sub(" ", written)).strip()
    if (bracketed := _BRACKETED.search(text)) is not None:
        text = text[: bracketed.start()].strip() or bracketed[1]
    if (by := BY.match(text)) is not None:
        text = text[by.end() :]
    names = [name for whole in _AND.split(text) for name in _listed(whole)]
    return [name for name in names if 1 < len(name) <= LONGEST and name.casefold() not in _NOBODY]


def is_name(text: str) -> bool:
    """Whether a text may be the name of a person or an office: a few words with capitals, if its script has them."""
    words = text.partition(",")[0].split()
    if not 1 <= len(words) <= _MOST_WORDS or any(mark in text for mark in '?!:…"“”'):
        return False
    capital = all(word.lower() in _PARTICLES or not word[0].islower() for word in words)
    return capital and not any(word.isdecimal() for word in words)


def _listed(text: str) -> list[str]:
    """The names of a list with commas; credentials stay with the name before, roles are left out."""
    start = next((piece for piece in _END.split(text.strip()) if piece), "")
    names: list[str] = []
    for part in (piece.strip(" :-–—") for piece in start.split(",")):
        if names and _CREDENTIAL.fullmatch(part):
            names[-1] = f"{names[-1]}, {part}"
        elif any(map(str.isalpha, part)) and (not names or (" " in part and is_name(part) and not _ROLE.search(part))):
            names.append(part)
    return names
