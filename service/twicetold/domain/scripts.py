"""What holds for whole scripts, whatever the language."""

from __future__ import annotations

import re

UNSPACED_LETTERS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Thai, Lao, Burmese, Khmer, kana and Han, which write no blanks between words: the inside of a character class."""

UNSPACED = re.compile(f"[{UNSPACED_LETTERS}]")
"""One letter of such a script."""
