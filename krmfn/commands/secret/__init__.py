"""`krmfn secret`: print a Secret with pull credentials from the user's Docker config."""

import argparse
import os
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from krmfn import flags
from krmfn.commands.secret import asked, manifest, needed, sources
from krmfn.commands.secret.lookup import Lookup, Missing
from krmfn.commands.secret.manifest import Metadata, name_in_auths
from krmfn.commands.secret.needed import Needed
from krmfn.commands.secret.sources import DockerConfigFile
from krmfn.errors import InputError
from krmfn.imagepull.docker_config import Entry
from krmfn.krm.streams import is_terminal, read, say, write

_DESCRIPTION = """\
Print a Secret with the credentials that a Docker config has for the given registries. Pipe it into
the program that seals or applies it. krmfn writes no file, and no message contains a credential."""

_EPILOG = f"""\
{sources.PLACES}

examples:
  krmfn secret --registry ghcr.io/team --namespace shop | kubectl apply -f -
  krmfn secret --for deploy --name pull-app --helpers | kubeseal --format yaml > sealed.yaml

exit codes: 0 done; 1 no credentials for a registry, or an error; 2 wrong command line;
3 a bug in krmfn"""


def main(argv: Sequence[str]) -> int:
    """Print the Secret; return the exit code. Raise `KrmfnError` for any failure, before anything is printed."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    if not arguments.registry and not arguments.paths:
        parser.error("name what the Secret is for: --registry HOST, or --for PATH with manifests")
    if arguments.source == "-" and "-" in arguments.paths:
        parser.error("--from - and --for - cannot both read stdin")
    metadata = Metadata.read(arguments.name, arguments.namespace, arguments.label, arguments.annotation)
    wanted = [asked.registry(text) for text in arguments.registry]
    lookup = Lookup(_source(parser, arguments), ask_helpers=arguments.helpers)
    entries = {name_in_auths(reference.repository.rstrip("/")): lookup.find(reference) for reference in wanted}
    if arguments.paths:
        entries |= _needed(_images(parser, arguments.paths), lookup)
    text = manifest.render(metadata, entries)
    for warning in lookup.warnings:
        say(f"warning: {warning}")
    if is_terminal():
        say("warning: stdout is a terminal and shows the credentials: pipe them into the program that seals or applies")
    return 0 if write(text.encode()) else 1


def _images(parser: argparse.ArgumentParser, paths: Sequence[str]) -> Needed:
    """The images in the manifests at the paths; `-` is stdin."""
    files = [path for path in paths if path != "-"]
    found = [needed.by_files(files)] if files else []
    if "-" in paths:
        found.append(needed.by_stdin(flags.read_stdin(parser)))
    return Needed(*(tuple(dict.fromkeys(chain(*parts))) for parts in zip(*found, strict=True)))


def _needed(images: Needed, lookup: Lookup) -> dict[str, Entry]:
    """The entries that the images need, by their names in `auths`; raise `InputError` when there are none."""
    if not images.references:
        raise InputError("; ".join(("no image in the manifests that --for names", *images.warnings)))
    entries: dict[str, Entry] = {}
    missing: dict[str, list[Missing]] = {}
    for reference in images.references:
        try:
            entry = lookup.find(reference)
            entries[name_in_auths(entry.registry)] = entry
        except Missing as error:
            missing.setdefault(reference.domain, []).append(error)
    messages = [
        f"{first}{f' (nor for {len(more)} more images there)' * bool(more)}" for first, *more in missing.values()
    ]
    if not entries:
        raise InputError(f"no image in the manifests has credentials: {messages[0]}")
    lookup.warnings += [*images.warnings, *(f"{message}: pulled only if public" for message in messages)]
    return entries


def _source(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> DockerConfigFile:
    """The Docker config that `--from` names, else the user's own."""
    if arguments.source is None:
        return sources.find(os.environ)
    if arguments.source != "-":
        return sources.read(Path(arguments.source))
    if sys.stdin is None:
        raise InputError("stdin is closed: a Docker config is expected there")
    if sys.stdin.isatty():
        parser.error("nothing on stdin: pipe a Docker config into krmfn")
    return sources.of_bytes("stdin", read())


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn secret", _DESCRIPTION, _EPILOG)
    parser.add_argument(
        "--registry",
        metavar="HOST[/PATH]",
        action="append",
        default=[],
        help="registry, or a path in it; `docker.io` is Docker Hub; repeatable",
    )
    parser.add_argument(
        "--for",
        metavar="PATH",
        dest="paths",
        nargs="+",
        action="extend",
        default=[],
        help="the registries of all images in the manifests at and below these paths; `-` is stdin",
    )
    parser.add_argument("--from", metavar="FILE", dest="source", help="the Docker config; `-` is stdin")
    parser.add_argument(
        "--helpers",
        action="store_true",
        help="run the credential helpers that the Docker config names (`credHelpers`, `credsStore`)",
    )
    parser.add_argument("--name", default="regcred", help="name of the Secret; default: regcred")
    for name, metavar, text in (
        ("namespace", "NAME", "namespace of the Secret; repeatable: prints a Secret for each"),
        ("label", "KEY=VALUE", "label of the Secret; repeatable"),
        ("annotation", "KEY=VALUE", "annotation of the Secret; repeatable"),
    ):
        parser.add_argument(f"--{name}", metavar=metavar, action="append", default=[], help=text)
    return parser
