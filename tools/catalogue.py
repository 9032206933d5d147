"""Compare the catalogue with schemas: `python tools/catalogue.py FOLDER…`, or `make catalogue FOLDERS="a b"`.

The folders are searched for CustomResourceDefinitions (`*.yaml`, `*.yml`, `*.json`) and for JSON schemas in the layout
of public collections, `<group>/<kind>_<version>.json`: their kinds are in lower case, and so are new lines from them.

    added    a line for krmfn/imagepull/kinds/catalogue.jsonl, which lacks the kind
    changed  fields that only the schema has (+), or only the row (-)
    removed  a row none of whose fields the schema has
    ?        a question to answer before you add a line by hand, sorted

Fields of a row that a schema leaves open, or that were reviewed by hand (`images` where the schema looks like
`containers`), are not changes. Kinds without a schema in the folders are counted. `--rows` prints all generated rows.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from schema_survey import PLACES, Row, Surveyed, lacks, merged, path_of, places, questions, survey

from krmfn.imagepull.kinds import KindTables, catalogue
from krmfn.krm.typemeta import TypeMeta

LEFT_OUT = Path(__file__).parents[1] / "tests" / "catalogue_left_out.tsv"
Name = tuple[str, str]


def main() -> None:
    """Print the differences, or all rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--rows", action="store_true", help="print the row of each kind, and compare nothing")
    args = parser.parse_args()
    if missing := [str(folder) for folder in args.folders if not folder.is_dir()]:
        parser.error(f"no such folder: {', '.join(missing)}")
    found = by_kind(survey(args.folders))
    lines = all_rows(found) if args.rows else report(found)
    sys.stdout.writelines(f"{line}\n" for line in lines)


def by_kind(surveyed: Iterable[Surveyed]) -> dict[Name, dict[str, Surveyed]]:
    """The surveyed schemas by group and kind, then version; definitions first, because JSON schemas lack the name."""
    spelled = {(row["group"], row["kind"].lower()): row["kind"] for row in catalogue.rows()}
    found: dict[Name, dict[str, Surveyed]] = {}
    for one in sorted(surveyed, key=lambda one: not one.has_name):
        key = one.group, one.kind.lower()
        kind = spelled.setdefault(key, one.kind)
        found.setdefault((one.group, kind), {}).setdefault(one.version, one)
    return dict(sorted(found.items()))


def all_rows(found: dict[Name, dict[str, Surveyed]]) -> Iterator[str]:
    """The line of each kind with images."""
    for name, versions in found.items():
        yield from lines_of(name, versions)


def lines_of(name: Name, versions: dict[str, Surveyed]) -> Iterator[str]:
    """The lines of a kind for the catalogue."""
    for of, row in merged({version: one.row for version, one in versions.items() if one.row}):
        head: Row = {"group": name[0], "kind": name[1]} | ({"versions": of} if of else {})
        yield json.dumps(head | row, ensure_ascii=False)


def report(found: dict[Name, dict[str, Surveyed]]) -> Iterator[str]:
    """The differences from the catalogue, kind by kind, and the totals."""
    left_out = {tuple(line.split("\t")[:3]) for line in LEFT_OUT.read_text().splitlines()}
    rows: dict[Name, list[Row]] = {}
    for row in catalogue.rows():
        rows.setdefault((row["group"], row["kind"]), []).append(row)
    numbers: Counter[str] = Counter({"without a schema here": len(rows.keys() - found.keys())})
    for name, versions in found.items():
        if known := rows.get(name):
            word, lines = compared(name, known, versions, left_out)
        elif (*name, "") in left_out or is_built_in(name, versions):
            word, lines = "left out or built in", []
        elif lines := list(lines_of(name, versions)):
            word = "added"
            lines = [f"added    {line}" for line in lines] + asked((one.schema, one.row) for one in versions.values())
        else:
            word = "without images"
        numbers[word] += 1
        yield from lines
    yield ", ".join(f"{count} {word}" for word, count in sorted(numbers.items()))


def is_built_in(name: Name, versions: dict[str, Surveyed]) -> bool:
    """Whether krmfn knows a kind in code, or leaves its group alone."""
    metas = (TypeMeta(f"{name[0]}/{version or 'v1'}", name[1]) for version in versions)
    return any(KindTables().lookup(meta) for meta in metas)


def compared(
    name: Name, rows: list[Row], versions: dict[str, Surveyed], left_out: set[tuple[str, ...]]
) -> tuple[str, list[str]]:
    """Compare a kind with its rows: one word for the outcome, and lines about it."""
    changes: dict[str, None] = {}
    both: list[tuple[Mapping[str, Any], Row]] = []
    remaining = 0
    for version, one in versions.items():
        row = next((row for row in rows if version in row.get("versions", (version,))), None)
        if row is None:
            if catalogue.lookup(TypeMeta(f"{name[0]}/{version}", name[1])):
                changes[f"         ? no row is for {version}; krmfn takes that of the newest version"] = None
            elif one.row:
                changes[f"         ? no row is for {version}, which has places too"] = None
            continue
        if "ignore" in row:
            return "left out or built in", []
        own = [entry for key in PLACES for entry in row.get(key, ())]
        gone = [entry for entry in own if lacks(one.schema, path_of(entry))]
        remaining += len(own) - len(gone)
        changes |= dict.fromkeys(f"         - {path_of(entry)} ({version} lacks it)" for entry in gone)
        paths = {path_of(entry) for entry in own}
        new = [entry for key in PLACES for entry in one.row.get(key, ()) if is_new(entry, own, paths)]
        new = [entry for entry in new if (*name, path_of(entry)) not in left_out]
        texts = places({key: [entry for entry in one.row.get(key, ()) if entry in new] for key in PLACES})
        changes |= dict.fromkeys(f"         + {text} ({version})" for text in sorted(texts))
        joined = {key: [*row.get(key, ()), *one.row.get(key, ())] for key in PLACES}
        joined["create"] = [*row.get("create", ()), *(path for *of, path in left_out if tuple(of) == name)]
        both.append((one.schema, joined))
    if not changes:
        return "unchanged", []
    if not remaining and any(line.lstrip().startswith("-") for line in changes):
        return "removed", [f"removed  {name[0]} {name[1]}", *changes]
    return "changed", [f"changed  {name[0]} {name[1]}", *changes, *asked(both)]


def is_new(entry: object, own: list[object], paths: set[str]) -> bool:
    """Whether a row lacks a field, and has no pod spec around it."""
    path = path_of(entry)
    return entry not in own and path not in paths and not any(path.startswith(f"{around}.") for around in paths)


def asked(rows: Iterable[tuple[Mapping[str, Any], Row]]) -> list[str]:
    """The questions about schemas and their rows, each once for all versions."""
    found = (question for schema, row in rows for question in questions(schema, row))
    return [f"         ? {question}" for question in dict.fromkeys(found)]


if __name__ == "__main__":
    main()
