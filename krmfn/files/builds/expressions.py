"""Match the regular expressions in kustomizations. They are RE2's; only those that mean the same in Python are used."""

import re
from functools import lru_cache

# Plain characters, `.`, simple sets and single quantifiers, which mean the same in Python and RE2.
_COMMON = re.compile(r"(?:[A-Za-z0-9_./:@ -]|\[[A-Za-z0-9_.-]+\]|(?<=[A-Za-z0-9_./\]-])[*+?](?![*+?]))*")
_QUANTIFIER = re.compile(r"[*+?]")
_MOST_QUANTIFIERS, _LONGEST = 2, 1000
"""More quantifiers or longer texts could take Python very long, and any author of a pull request can write them."""


def matches(pattern: str, text: str, behind: str = "") -> bool | None:
    """Whether the expression `pattern`, followed by `behind`, matches a whole text; None when krmfn cannot tell."""
    compiled = _compiled(pattern, behind) if len(text) <= _LONGEST else None
    return None if compiled is None else compiled.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, behind: str) -> re.Pattern[str] | None:
    if not _COMMON.fullmatch(pattern) or len(_QUANTIFIER.findall(pattern)) > _MOST_QUANTIFIERS:
        return None
    try:
        return re.compile(pattern + behind, re.ASCII)
    except re.error:
        return None
