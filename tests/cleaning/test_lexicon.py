"""Every rule is run on its own two examples."""

import pytest
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.lexicon.rule import NEUTRAL, Rule, languages, rules

STORY = "The council met on Monday evening to discuss the harbour wall and the cost of its repair."
END = "Engineers said that the work would take eleven months and would close the eastern quay."
ALL_RULES = [rule for language in (NEUTRAL, *sorted(languages())) for rule in rules(language)]


def cleaned(block: str, language: str | None) -> str:
    return clean(f"{STORY}\n\n{END}\n\n{STORY}\n\n{END}\n\n{block}", language=language).text


def language_of(rule: Rule) -> str | None:
    code = rule.id.split(".")[0]
    return None if code == NEUTRAL else code


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_rule_drops_its_example(rule: Rule) -> None:
    for language in (language_of(rule), None):
        assert rule.drop not in cleaned(rule.drop, language)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_rule_keeps_the_sentence_that_looks_like_its_clutter(rule: Rule) -> None:
    for language in (language_of(rule), None):
        assert cleaned(rule.keep, language).endswith(rule.keep)


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in ALL_RULES]
    assert len(ids) == len(set(ids))


def test_a_rule_has_one_form_and_what_finds_it() -> None:
    for rule in ALL_RULES:
        forms = [bool(form) for form in (rule.alone, rule.lead, rule.tail, rule.block, rule.span, rule.asks, rule.only)]
        assert sum(forms) == 1, rule.id
        assert bool(rule.words) == bool(rule.block or rule.only), rule.id
        assert bool(rule.hints) == bool(rule.span), rule.id
        assert bool(rule.asks) == bool(rule.things), rule.id


def test_the_lexicon_knows_its_languages() -> None:
    assert len(languages()) >= 32
