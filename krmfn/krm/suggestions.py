"""Suggest a known word for an unknown one."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word most similar to `word`, with a difflib ratio of at least `likeness`, or None."""
    import difflib  # a late import, only for errors

    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean X?`, or an empty string."""
    suggestion = nearest(word, known)
    return f", did you mean `{suggestion}`?" if suggestion else ""
