"""Lists the measurements: `python -m bench`, or `make bench`."""

from __future__ import annotations

import ast
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    source = path.read_text(encoding="utf-8")
    if "def main()" in source:
        about = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0].replace("\n", " ")
        print(f"python -m bench.{path.stem}\n    {about}")
