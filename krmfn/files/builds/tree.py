"""Walk a tree, and find by name the files that determine how its manifests are built."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from krmfn.files.builds.kustomizations import NAMES
from krmfn.krm.opening import SUFFIXES

# Folders of package managers and tools, in which nobody keeps kustomizations.
_PASSED = frozenset({".git", "node_modules", ".terraform", ".venv", "venv", "__pycache__", ".tox", ".cache"})
_SCRIPT = re.compile(
    r"(?i)(?:gnu)?makefile|.*\.(?:mk|sh|bash|ps1|groovy)|\.?justfile|taskfile\.ya?ml|tiltfile|jenkinsfile.*|"
    r"\.(?:gitlab-ci|travis|drone|woodpecker|cirrus).*\.ya?ml|(?:azure|bitbucket)-pipelines.*\.ya?ml|"
    r"cloudbuild\.ya?ml|buildspec\.ya?ml|action\.ya?ml"
)
_CI_FOLDERS = frozenset({".github", ".gitlab", ".circleci", ".buildkite", ".woodpecker", ".azure-pipelines", ".tekton"})
_SKAFFOLD = re.compile(r"skaffold.*\.ya?ml")
_ARGOCD_SOURCE = re.compile(r"\.argocd-source(?:-.+)?\.yaml")


class Tree(NamedTuple):
    """The relevant files of a tree, as absolute paths in an order that is always the same.

    Attributes:
        root: the root of the tree.
        kustomized: the folders with a kustomization.
        scripts: files that may run `kustomize edit set image`.
        skaffolds: skaffold configs.
        argocd_sources: files with which Argo CD overrides the kustomization beside them.
        manifests: all files that may hold manifests.
    """

    root: Path
    kustomized: tuple[Path, ...] = ()
    scripts: tuple[Path, ...] = ()
    skaffolds: tuple[Path, ...] = ()
    argocd_sources: tuple[Path, ...] = ()
    manifests: tuple[Path, ...] = ()


def look(root: Path) -> Tree:
    """Walk a tree. An unreadable folder counts as empty: whatever reads it later reports the error."""
    kustomized: list[Path] = []
    scripts: list[Path] = []
    skaffolds: list[Path] = []
    sources: list[Path] = []
    manifests: list[Path] = []
    stack = [str(root)]
    while stack:
        here = stack.pop()
        try:
            with os.scandir(here) as found:
                entries = list(found)
        except OSError:
            continue
        names = {entry.name for entry in entries}
        if not names.isdisjoint(NAMES):
            kustomized.append(Path(here))
        is_ci = not _CI_FOLDERS.isdisjoint(Path(here).parts)
        for entry in entries:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                if name not in _PASSED:
                    stack.append(entry.path)
            elif not entry.is_file(follow_symlinks=False):
                continue
            elif is_ci or _SCRIPT.fullmatch(name):
                scripts.append(Path(entry.path))
            elif _SKAFFOLD.fullmatch(name):
                skaffolds.append(Path(entry.path))
            elif _ARGOCD_SOURCE.fullmatch(name):
                sources.append(Path(entry.path))
            elif name.endswith(SUFFIXES):
                manifests.append(Path(entry.path))
    return Tree(root, *(tuple(sorted(paths)) for paths in (kustomized, scripts, skaffolds, sources, manifests)))
