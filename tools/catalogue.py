"""Print rows of the catalogue made from schemas: `python tools/catalogue.py FOLDER`, a line for each kind with images.

FOLDER is searched for CustomResourceDefinitions (`*.yaml`, `*.yml`, `*.json`) and for JSON schemas in the layout of
public collections, `<group>/<kind>_<version>.json`: these have the kind in lower case, and so has the line.

The lines are in the form of krmfn/imagepull/kinds/catalogue.jsonl. Put them there by hand, sorted, after a look at what
the operator does with a field: a schema does not tell whether a controller has a default of its own.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from krmfn.imagepull.kinds import DEFINITION
from krmfn.imagepull.kinds.schemas import row_of, schemas_of

Row = dict[str, Any]


def main() -> None:
    """Print the rows of a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for group, kind, version, row in schemas_in(parser.parse_args().folder):
        if row:
            found.setdefault((group, kind), {})[version] = row
    for (group, kind), rows in sorted(found.items()):
        for versions, row in merged(rows):
            head: Row = {"group": group, "kind": kind} | ({"versions": versions} if versions else {})
            sys.stdout.write(json.dumps(head | row, ensure_ascii=False) + "\n")


def schemas_in(folder: Path) -> Iterator[tuple[str, str, str, Row]]:
    """Group, kind, version and row of every schema in and below the folder."""
    for file in sorted(file for file in folder.rglob("*") if file.suffix in (".yaml", ".yml", ".json")):
        for document in documents_in(file):
            if document.get("kind") == DEFINITION:
                for group, kind, version, schema in schemas_of(document):
                    yield group, kind, version, row_of(schema)
            elif "properties" in document:
                kind, _, version = file.stem.partition("_")
                yield file.parent.name, kind, version, row_of(document)


def documents_in(file: Path) -> Iterator[dict[str, Any]]:
    """The mappings of a YAML or JSON stream; one that cannot be read is named on stderr."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from (data for data in yaml.load_all(file.read_bytes(), Loader=loader) if isinstance(data, dict))
    except yaml.YAMLError as error:
        sys.stderr.write(f"{file}: {' '.join(str(error).split())}\n")


def merged(rows: dict[str, Row]) -> Iterator[tuple[list[str], Row]]:
    """The different rows of a kind with their versions; with none where all versions agree."""
    by_text: dict[str, list[str]] = {}
    for version, row in sorted(rows.items()):
        by_text.setdefault(json.dumps(row), []).append(version)
    for text, versions in sorted(by_text.items(), key=lambda pair: pair[1]):
        yield versions if len(by_text) > 1 else [], json.loads(text)


if __name__ == "__main__":
    main()
