"""The rows that `krmfn kinds` lists: krmfn's own and those from the user's settings and definitions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from krmfn.imagepull import kinds
from krmfn.imagepull.definitions import every_definition
from krmfn.imagepull.kinds import KindName, KindTables, Origin
from krmfn.imagepull.kinds.schemas import row_of, schemas_of
from krmfn.imagepull.settings import Settings
from krmfn.imagepull.settings.kind_rows import CREATE_ENTRY, IMAGE_ENTRY, SECRETS_ENTRY
from krmfn.krm.config.schema import Key
from krmfn.krm.typemeta import TypeMeta

Row = dict[str, Any]

_ENTRIES = {
    "containers": IMAGE_ENTRY,
    "images": IMAGE_ENTRY,
    "pullSecrets": SECRETS_ENTRY,
    "create": CREATE_ENTRY,
}


def rows(settings: Settings, definitions: Sequence[str], manifests: Sequence[tuple[str, str]] = ()) -> list[Row]:
    """All known rows in the notation of `written`, each with its `source`, sorted.

    A row of the settings replaces krmfn's own row of the kind. Definitions add kinds that no table has. `manifests` are
    names and texts: their definitions count too, and structures that look like pod specs in kinds that remain unknown.
    """
    definitions = (*definitions, *(text for _, text in manifests))
    defined = list(_defined(KindTables(settings.rows), definitions))
    found = [row for row in kinds.rows() if (row["group"], row["kind"]) not in settings.rows]
    found += [_short(row) for row in settings.kinds if (row["group"], row["kind"]) in settings.rows]
    found += defined
    if manifests and settings.unknown_kinds == "Structural":
        found += _structural(settings, {(row["group"], row["kind"]) for row in defined}, manifests)
    return sorted(found, key=lambda row: (row["group"], row["kind"], row.get("versions", [])))


def _short(row: Mapping[str, Any]) -> Row:
    """A row of the settings without empty values and defaults."""
    said: Row = {key: value for key, value in row.items() if value or key in ("group", "kind")}
    for key, keys in _ENTRIES.items():
        if entries := said.get(key):
            said[key] = [_short_entry(entry, keys) for entry in entries]
    for key in ("podSpecs", "objects"):
        if paths := said.get(key):
            said[key] = list(paths)
    if "ignore" in said:
        said["ignore"] = "the function config says so"
    return said | {"source": Origin.CONFIG.value}


def _short_entry(entry: Mapping[str, Any], keys: Mapping[str, Key]) -> Any:
    said = {key: value for key, value in entry.items() if key == "path" or value not in (keys[key].default, [])}
    return said["path"] if len(said) == 1 else said


def _defined(tables: KindTables, definitions: Iterable[str]) -> Iterator[Row]:
    """A row for each defined kind with images or pull secrets; several rows if its versions differ."""
    by_kind: dict[KindName, dict[str, Row]] = {}
    for definition in (found for text in definitions for found in every_definition(text)):
        for group, kind, version, schema in schemas_of(definition):
            if not tables.lookup(TypeMeta(f"{group}/{version}", kind)) and (row := row_of(schema)):
                by_kind.setdefault((group, kind), {})[version] = row
    for (group, kind), versions in by_kind.items():
        for row in {str(row): row for row in versions.values()}.values():
            of_this = [version for version, other in versions.items() if other == row]
            named = {} if len(of_this) == len(versions) else {"versions": sorted(of_this)}
            yield {"group": group, "kind": kind} | named | row | {"source": Origin.SCHEMA.value}


def _structural(settings: Settings, defined: set[KindName], manifests: Sequence[tuple[str, str]]) -> Iterator[Row]:
    from krmfn.commands.kinds import structural

    tables = KindTables(settings.rows, embedded=True)
    for (group, kind), paths in structural.pod_specs_in(manifests, tables).items():
        if (group, kind) not in defined:
            yield {"group": group, "kind": kind, "podSpecs": [*paths], "source": Origin.STRUCTURE.value}
