"""The formats of the explanation, for people and for programs."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from krmfn.commands.explain.overview import overview
from krmfn.commands.explain.registries import registries
from krmfn.commands.explain.table import other_change, running, table
from krmfn.files import report_lines
from krmfn.files.located_images import LocatedImage
from krmfn.files.report import FileReport
from krmfn.krm.results import visible

VERSION = 1
"""The version of the JSON. It increases when something that readers rely on changes."""

_FORMULA = re.compile(r"(^|;)(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet would begin a formula. Some also split cells at semicolons, or accept full-width signs."""

Format = Callable[[Sequence[FileReport], Sequence[LocatedImage]], bytes]


def as_json(reports: Sequence[FileReport], located: Sequence[LocatedImage]) -> bytes:
    """Everything as JSON. Bytes of file names that are not UTF-8 become lone surrogates."""
    # Each image is turned into text at once: there may be many, and their data takes more memory than the text.
    images = ",\n".join(report_lines.json_text(_as_data(one)) for one in located)
    counted = [one._asdict() | {"policies": _with_none(one.policies)} for one in registries(located)]
    files = ",\n".join(report_lines.json_text(report.as_data()) for report in reports)
    head = f'"version": {VERSION},\n"registries": {report_lines.json_text(counted)}'
    return f'{{{head},\n"images": [\n{images}\n],\n"files": [\n{files}\n]}}\n'.encode()


def as_csv(reports: Sequence[FileReport], located: Sequence[LocatedImage]) -> bytes:  # noqa: ARG001 - as all formats
    """A header and a line for each image. Cells are safe for spreadsheets and logs; JSON has the exact texts."""
    lines = [",".join(_COLUMNS)]
    for one in located:
        row = _as_data(one)
        row |= {
            "file": report_lines.shown(one.path),
            "policyNow": row["policy"]["now"],
            "policy": row["policy"]["toBe"],
            "policyWhy": row["policy"]["why"],
            "policyStale": row["policy"]["stale"],
            "secretsNow": " ".join(row["pullSecrets"]["now"]),
            "secrets": "; ".join(f"{s['name']}: {s['delivery']}, {s['why']}" for s in row["pullSecrets"]["toBe"]),
            "secretsWhy": row["pullSecrets"]["why"],
            "servedBy": " ".join(row["pullSecrets"]["servingThisImage"]),
            "runs": "; ".join(map(running, one.image.runs)),
            "otherChanges": "; ".join(map(other_change, one.image.other_changes)),
        }
        lines.append(",".join(_cell(str(row[column])) for column in _COLUMNS))
    return "".join(f"{line}\n" for line in lines).encode()


def _cell(text: str) -> str:
    """A cell on one line that spreadsheets read as text: an apostrophe before whatever may be a formula."""
    text = _FORMULA.sub(r"\1\2'", visible(text))
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in ',;"') else text


def _as_data(one: LocatedImage) -> dict[str, Any]:
    image = one.image
    return {
        "file": one.path,
        "line": one.line,
        "column": one.column,
        "apiVersion": image.resource.api_version,
        "kind": image.resource.kind,
        "namespace": image.resource.namespace,
        "name": image.resource.name,
        "field": image.field,
        "role": image.role.value,
        "container": image.container,
        "image": image.reference.text,
        "state": image.reference.state.value,
        "registry": image.reference.registry,
        "repository": image.reference.repository,
        "tag": image.reference.tag,
        "digest": image.reference.digest,
        "policy": {
            "now": image.policy.now,
            "toBe": image.policy.to_be,
            "why": image.policy.why,
            "stale": image.policy.stale or "",
        },
        "pullSecrets": {
            "now": list(image.pull_secrets.now),
            "toBe": [{"name": s.name, "delivery": s.delivery.value, "why": s.why} for s in image.pull_secrets.to_be],
            "why": image.pull_secrets.why,
            "servingThisImage": list(image.pull_secrets.serving),
        },
        "credentials": image.credentials.value,
        "otherChanges": [{"rule": one.rule, "field": one.field, "toBe": one.to_be} for one in image.other_changes],
        "runs": [{"image": r.image.text, "build": r.build, "by": list(r.by)} for r in image.runs],
        "knownBy": image.origin,
    }


def _with_none(policies: dict[str, int]) -> dict[str, int]:
    return {policy or "none": number for policy, number in policies.items()}


_COLUMNS = (
    *("file", "line", "column", "apiVersion", "kind", "namespace", "name", "field", "role", "container"),
    *("image", "state", "registry", "repository", "tag", "digest"),
    *("policyNow", "policy", "policyWhy", "policyStale"),
    *("secretsNow", "secrets", "secretsWhy", "servedBy", "credentials", "runs", "otherChanges", "knownBy"),
)

FORMATS: dict[str, Format] = {"overview": overview, "table": table, "json": as_json, "csv": as_csv}
