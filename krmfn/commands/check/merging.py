"""Merge the JSON reports of shards into the report of one run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from krmfn.errors import InputError
from krmfn.files.report import FileReport, sort_key
from krmfn.files.shards import Shard
from krmfn.files.unused_settings import of_all_shards


def merged(files: Sequence[str]) -> list[FileReport]:
    """The reports of all files, sorted by path; raise `InputError` for a wrong report or a missing shard."""
    shards: dict[Shard, str] = {}
    reports: list[FileReport] = []
    for file in files:
        shard, own = _read(file)
        if shard in shards:
            raise InputError(f"{file}: shard {shard} is also in {shards[shard]}")
        shards[shard] = file
        reports += own
    parts = {shard.parts for shard in shards}
    if len(parts) > 1:
        raise InputError(f"these are shards of different splits: {', '.join(map(str, sorted(shards)))}")
    # A shard that nobody checked must not look like a shard without problems.
    missing = [str(shard) for shard in (Shard(i + 1, max(parts)) for i in range(max(parts))) if shard not in shards]
    if missing:
        raise InputError(
            f"the report of shard {', '.join(missing)} is missing: "
            f"`krmfn check --shard {missing[0]} --format json` with the paths of the others makes it"
        )
    return sorted(of_all_shards(reports), key=sort_key)


def _read(file: str) -> tuple[Shard, list[FileReport]]:
    try:
        data: Any = json.loads(Path(file).read_bytes())
        shard = Shard.read(data["shard"] or "1/1")
        return shard, [FileReport.from_data(entry) for entry in data["files"]]
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{file}: is not a report of `krmfn check --format json`") from None
