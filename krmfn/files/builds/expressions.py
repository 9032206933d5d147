"""Regular expressions in kustomizations. They are those of RE2; Python asks only those that mean the same to both."""

import re
from functools import lru_cache

# Plain characters, `.`, sets without ranges of oddities, and single quantifiers: nothing that Python reads otherwise.
_COMMON = re.compile(r"(?:[A-Za-z0-9_./:@ -]|\[[A-Za-z0-9_.-]+\]|(?<=[A-Za-z0-9_./\]-])[*+?](?![*+?]))*")
_QUANTIFIER = re.compile(r"[*+?]")
_MOST_QUANTIFIERS, _LONGEST = 2, 1000
"""More of them, and longer texts, could take Python long, and whoever opens a pull request writes them."""


def matches(pattern: str, text: str, behind: str = "") -> bool | None:
    """Whether an expression, with another one behind it, matches a whole text; None when krmfn cannot tell."""
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
