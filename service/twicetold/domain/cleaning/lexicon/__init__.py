"""What clutter looks like, by language: the rules stand in the TOML files beside this module, one file per language.

`any.toml` holds what is the same in all languages. `rule.py` says what a rule is, `index.py` applies them fast.
"""
