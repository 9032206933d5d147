"""What `krmfn check` can find: each rule and cause by its stable id, with why it matters and how to fix it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from krmfn.errors import InputError
from krmfn.files.report import FileReport
from krmfn.imagepull.causes import Cause
from krmfn.imagepull.rules import all_causes
from krmfn.krm.suggestions import did_you_mean

ALL = "all"
"""The name that stands for all rules and causes."""


def explained(name: str) -> str:
    """Explain a rule or cause by its name, in lines; raise `InputError` for an unknown name."""
    known = all_causes()
    if name == ALL:
        return "\n".join(map(_text, known.values()))
    if name not in known:
        raise InputError(f"unknown rule {name!r}{did_you_mean(name, known)}; known are {', '.join(known)}")
    return _text(known[name])


def fixes(reports: Iterable[FileReport], severities: Collection[str]) -> Iterator[str]:
    """A line for each cause among the remarks of these severities: its name, how often it occurs, and the fix."""
    remarks = (remark for report in reports for remark in report.remarks)
    counts = Counter(remark.rule for remark in remarks if remark.rule and remark.severity in severities)
    for name, cause in all_causes().items():
        if number := counts[name]:
            yield f"{name} ({number}): {cause.fix} More: `krmfn check --explain {name}`"


def _text(cause: Cause) -> str:
    return f"{cause.name}\n  What: {cause.description}\n  Why:  {cause.why}\n  Fix:  {cause.fix}\n"
