"""`krmfn kinds`: list the kinds that krmfn knows."""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from krmfn import flags
from krmfn.commands.kinds import known
from krmfn.commands.kinds.name_references import name_references
from krmfn.errors import SettingsError
from krmfn.files import delivery
from krmfn.files.delivery import deliver
from krmfn.imagepull.settings import Settings, config_file
from krmfn.krm.results import visible_line

_DESCRIPTION = """\
List the kinds that krmfn knows, with the field paths of their pod specs, containers, images that a
controller reads, pull secrets, the mappings that krmfn creates for pull secrets, and embedded
objects. It also lists the kinds that krmfn never changes, with the reason, and the source of each
row. Your own kinds are listed with --config (`spec.kinds` of your settings), --crds and --for."""

_EPILOG = """\
examples:
  krmfn kinds argoproj.io                # the kinds of a group
  krmfn kinds core/Pod --format json     # all about one kind
  krmfn kinds --format kustomize > secret-names.yaml   # for `configurations:` of a kustomization
  krmfn kinds --format kustomize --config krmfn.yaml --crds crds --for base > secret-names.yaml

exit codes: 0 done; 1 there is no such group or kind; 2 wrong command line"""


def main(argv: Sequence[str]) -> int:
    """Print the rows asked for; return the exit code. Raise `SettingsError` when there are none."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    settings = config_file.read(arguments.config) if arguments.config is not None else Settings()
    every = known.rows(settings, flags.definitions(arguments), _manifests(parser, arguments.paths))
    rows = [row for row in every if arguments.which is None or _is_asked_for(arguments.which, row)]
    if not rows:
        raise SettingsError(f"no group or kind {arguments.which!r} is known; `krmfn kinds` lists them all")
    return 0 if deliver(_FORMATS[arguments.format](rows).encode(), arguments.output) else 1


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn kinds", _DESCRIPTION, _EPILOG)
    parser.add_argument(
        "which", metavar="[GROUP/]KIND|GROUP", nargs="?", help="only these, in any case; `core` is the core group"
    )
    parser.add_argument("--format", choices=[*_FORMATS], default="table", help=_FORMAT_HELP)
    delivery.add_to(parser)
    flags.add_kinds_to(parser)
    parser.add_argument(
        "--for",
        metavar="PATH",
        dest="paths",
        action="append",
        default=[],
        help="also list kinds in the manifests at and below this path that have a CustomResourceDefinition there or "
        "look like pod specs; `-` is stdin; repeatable",
    )
    return parser


def _manifests(parser: argparse.ArgumentParser, paths: Sequence[str]) -> list[tuple[str, str]]:
    """The names and texts of the manifests that `--for` names."""
    if not paths:
        return []
    from krmfn.commands.kinds import structural

    files = [path for path in paths if path != "-"]
    found = list(structural.texts_at(files)) if files else []
    return [*found, structural.text_of(flags.read_stdin(parser))] if "-" in paths else found


def _is_asked_for(which: str, row: dict[str, Any]) -> bool:
    group, slash, kind = which.lower().partition("/")
    own_group, own_kind = (row["group"] or "core").lower(), row["kind"].lower()
    if not slash and own_kind == group:
        return True  # the user named only a kind
    return group == own_group and (not kind or own_kind in (kind, "*"))


def _as_lines(row: dict[str, Any]) -> str:
    """A line for each place, such as `apps/Deployment  podSpecs  spec.template.spec  built-in`."""
    name = f"{row['group'] or 'core'}/{row['kind']}"
    if versions := row.get("versions"):
        name += f" ({', '.join(versions)})"
    # Rows from manifests may hold any character.
    return "".join(visible_line(f"{name}  {what}  {place}  {row['source']}") + "\n" for what, place in _places(row))


def _places(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in row.items():
        if key in ("ignore", "mayLack"):
            yield key, value
        elif isinstance(value, list) and key != "versions":
            for entry in value:
                yield key, entry if isinstance(entry, str) else json.dumps(entry)


_FORMATS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "table": lambda rows: "".join(map(_as_lines, rows)),
    "json": lambda rows: json.dumps(rows, indent=2) + "\n",
    "kustomize": name_references,
}
_FORMAT_HELP = "default: table; `kustomize`: a file for `configurations:`, with which kustomize renames pull secrets"
