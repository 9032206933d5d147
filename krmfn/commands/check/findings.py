"""What `krmfn check` can find: each rule and cause with the reason why it matters and the fix, by its stable id."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from krmfn.errors import InputError
from krmfn.files.report import FileReport
from krmfn.imagepull.causes import Cause
from krmfn.imagepull.rules import all_causes
from krmfn.krm.suggestions import did_you_mean

ALL = "all"
"""Stands for each of them."""


def explained(name: str) -> str:
    """What one of them is about, as lines; raise `InputError` for a name that none has."""
    known = all_causes()
    if name == ALL:
        return "\n".join(map(_text, known.values()))
    if name not in known:
        raise InputError(f"no rule {name!r}{did_you_mean(name, known)}; known are {', '.join(known)}")
    return _text(known[name])


def fixes(reports: Iterable[FileReport], severities: Collection[str]) -> Iterator[str]:
    """For each cause among the remarks of these severities: how often it is there, and the fix."""
    remarks = (remark for report in reports for remark in report.remarks)
    counts = Counter(remark.rule for remark in remarks if remark.rule and remark.severity in severities)
    for name, cause in all_causes().items():
        if number := counts[name]:
            yield f"{name} ({number}): {cause.fix} More: `krmfn check --explain {name}`"


def _text(cause: Cause) -> str:
    return f"{cause.name}\n  What: {cause.description}\n  Why:  {cause.why}\n  Fix:  {cause.fix}\n"
