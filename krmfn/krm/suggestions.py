"""The known word that an unknown one was probably meant to be."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that looks most like `word`, by difflib's ratio at least `likeness`; None when none does."""
    import difflib  # only for errors: not worth a start-up's time

    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean X?` or nothing."""
    suggestion = nearest(word, known)
    return f", did you mean `{suggestion}`?" if suggestion else ""
