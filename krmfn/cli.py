"""The command: argv, streams and exit codes around `krmfn.run`."""

import argparse
import codecs
import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from krmfn import nodes, parsing
from krmfn.commands import COMMANDS
from krmfn.errors import InputError, KrmfnError, SettingsError, VerificationError
from krmfn.function import run
from krmfn.results import Severity
from krmfn.settings import POLICY_SETTINGS, Settings
from krmfn.source import decode, line_and_column

FAILED, WRONG_USE, BUG, INTERRUPTED = 1, 2, 3, 130

_DESCRIPTION = """\
Make image pulls explicit in Kubernetes manifests: write the imagePullPolicy that Kubernetes would default, and append
imagePullSecrets. Reads a KRM ResourceList or a stream of YAML or JSON documents from stdin, and writes it to stdout
with nothing else changed. Warnings and errors go to stderr, one line each."""

_COMMANDS = "\n".join(f"  {name:<9} {what}" for name, what in COMMANDS.items())

_EPILOG = f"""\
commands, each with its own --help:
{_COMMANDS}

A ResourceList brings its settings as functionConfig; CONFIG, --config, --secret and --policy take its place. A stream
without any gets policies and no secrets.

exit codes: 0 done; 1 an error in input or settings, nothing changed; 2 wrong command line; 3 a bug in krmfn"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    # One pass, and then the end. Where all nodes are kept, as for JSON, collecting garbage takes half of the time.
    gc.disable()
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        if arguments and arguments[0] in COMMANDS:
            command: Callable[[Sequence[str]], int] = import_module(f"krmfn.commands.{arguments[0]}").main
            return command(arguments[1:])
        return _filter(arguments)
    except VerificationError as error:
        _say(f"error: this is a bug in krmfn, nothing was written: {error}")
        return BUG
    except KrmfnError as error:
        _say(f"error: {error}")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        import traceback

        _say(f"error: this is a bug in krmfn, nothing was written:\n{traceback.format_exc()}")
        return BUG


def _filter(argv: Sequence[str]) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    if sys.stdin is not None and sys.stdin.isatty():
        _say(f"{parser.format_usage()}krmfn: error: nothing on stdin: pipe a ResourceList or manifests into krmfn")
        return WRONG_USE
    settings = _settings(arguments)
    data = sys.stdin.buffer.read() if sys.stdin is not None else b""
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise InputError("stdin is empty: a ResourceList or manifests are expected there")
    outcome = run(data, settings, _read_definitions(arguments.crds) if arguments.crds else ())
    for result in outcome.results:
        if result.severity is not Severity.INFO:
            _say(str(result))
    # A stream with errors would reach the cluster untreated; a ResourceList tells its host what is wrong.
    if outcome.exit_code and not outcome.is_resource_list:
        return outcome.exit_code
    return outcome.exit_code if _write(outcome.output) else FAILED


def _write(output: bytes) -> bool:
    """Write the whole output; whether that went well. Success must not be claimed for half an output."""
    if sys.stdout is None:
        _say("error: cannot write the output: stdout is closed")
        return False
    try:
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()
    except OSError as error:
        # A reader that has gone, as `head` does, needs no message.
        if not isinstance(error, BrokenPipeError):
            _say(f"error: cannot write the output: {error.strerror}")
        # Python would try, and complain, once more while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _settings(arguments: argparse.Namespace) -> Settings | None:
    """The settings of the command line; None when it has none."""
    file = arguments.config if arguments.config is not None else arguments.config_file
    if file is None and not arguments.secret and not arguments.policy:
        return None
    config = _read_config(file) if file is not None else Settings()
    return config.overridden(secrets=arguments.secret, policy=arguments.policy)


def _read_config(file: str) -> Settings:
    from pathlib import Path  # function mode has no files, and does without its import

    text = ""
    try:
        text = decode(Path(file).read_bytes()).text
        roots = parsing.compose(text)
        config = nodes.plain(roots[0]) if len(roots) == 1 else None
        if not isinstance(config, dict):
            raise InputError("is not one YAML document that holds an ImagePull or a ConfigMap")
        return Settings.from_function_config(config)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from None
    except InputError as error:
        if error.position is None:
            raise SettingsError(f"{file}: {error}") from None
        line, column = line_and_column(text, error.position)
        raise SettingsError(f"{file}:{line}:{column}: {error}") from None


def _read_definitions(folders: Sequence[str]) -> list[str]:
    """The texts of all YAML and JSON files in and below the folders."""
    from pathlib import Path

    texts = []
    for folder in folders:
        files = sorted(file for file in Path(folder).rglob("*") if file.suffix in (".yaml", ".yml", ".json"))
        if not files:
            raise SettingsError(f"--crds {folder}: no folder with *.yaml, *.yml or *.json files")
        try:
            texts += [decode(file.read_bytes()).text for file in files]
        except OSError as error:
            raise SettingsError(f"--crds {error.filename}: {error.strerror}") from None
    return texts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="krmfn",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    config = parser.add_mutually_exclusive_group()
    config.add_argument(
        "config_file", metavar="CONFIG", nargs="?", help="function config file, as kustomize's exec plugins get it"
    )
    config.add_argument("--config", metavar="FILE", help="function config file: an ImagePull or a ConfigMap")
    parser.add_argument(
        "--secret", metavar="NAME", action="append", default=[], help="pull secret to append; repeatable"
    )
    parser.add_argument("--policy", choices=POLICY_SETTINGS, help="what containers without an imagePullPolicy get")
    parser.add_argument(
        "--crds", metavar="DIR", action="append", help="folder of CustomResourceDefinitions to learn from; repeatable"
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    return parser


class _Version(argparse.Action):
    """Looks the version up only when asked: the metadata library takes as long to import as PyYAML."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"krmfn {version('krmfn')}")
        parser.exit()


def _say(text: str) -> None:
    if sys.stderr is not None:  # print would take stdout for it
        print(text, file=sys.stderr)
