"""Leave out of a style sheet what no page can have: the themes' rules for parts that the book does not use.

A rule is kept unless each of its selectors names a class or an id that stands as a word neither in a page nor in a
script. What a selector says in parentheses, such as `:not(.a)`, is no reason to leave it out.
"""

import re

import tinycss2

NAME = re.compile(r"[.#](-?[_a-zA-Z][\w-]*)")
PARENTHESES = re.compile(r"\([^()]*\)")
WORD = re.compile(r"[\w-]+")


def words(texts):
    """Every word of some pages and scripts: what a class or an id of theirs may be called."""
    return {word for text in texts for word in WORD.findall(text)}


def used(rules, known):
    """The text of those `rules`, as tinycss2 has parsed them, that can match something; without comments.

    Args:
        rules: what `tinycss2.parse_stylesheet` returns.
        known: the words of all pages and scripts.
    """
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [one for one in _selectors(rule) if known.issuperset(_names(one))]
            if selectors:
                kept.append(f"{','.join(selectors)}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.content and rule.lower_at_keyword in ("media", "supports"):
            inner = used(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), known)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{\n{inner}\n}}")
        else:
            kept.append(tinycss2.serialize([rule]))
    return "\n".join(kept)


def _selectors(rule):
    """The selectors of a rule, in the order of the style sheet."""
    lists = [[]]
    for part in rule.prelude:  # a comma in parentheses stands inside a part
        if part == ",":
            lists.append([])
        else:
            lists[-1].append(part)
    return [tinycss2.serialize(tokens).strip() for tokens in lists]


def _names(selector):
    """The classes and ids that something must have for `selector` to match it, or something around it."""
    while PARENTHESES.search(selector):
        selector = PARENTHESES.sub("", selector)
    return NAME.findall(re.sub(r"\[[^\]]*\]", "", selector))
