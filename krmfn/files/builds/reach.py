"""Find which builds reach a file, and through which steps."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from krmfn.files.builds.image_rules import ImageRule, put_over, set_over
from krmfn.files.builds.kustomizations import Kustomization, inside
from krmfn.files.builds.overrides import Override
from krmfn.files.builds.steps import Choice, Images, Patched, Step, Target

Chains = dict[Path, tuple[tuple[Step, ...], ...]]
"""For each file: the steps that it goes through, once for each way through the build."""

_MOST_VISITS, _MOST_DEPTH, _MOST_SETS = 30_000, 100, 20
"""Limits: kustomizations visited, their depth, and sets of commands. Any author of a pull request can write many."""
_MOST_CHAINS = 100
"""The limit of ways of one file through one build. Beyond it, the result is unknown."""


class Reach:
    """Follows kustomizations from roots to files.

    Args:
        kustomizations: the kustomizations, by folder.
        set_later: by folder, the rules with which commands override its `images:`, each with its script.
    """

    def __init__(
        self, kustomizations: Mapping[Path, Kustomization], set_later: Mapping[Path, list[tuple[str, ImageRule]]]
    ) -> None:
        self._kustomizations = kustomizations
        self._set_later = set_later
        self._known: dict[Path, Chains] = {}
        self._open: list[Path] = []
        self._left = _MOST_VISITS
        self.is_exhausted = False
        """Whether there were too many kustomizations to follow them all."""
        # A configuration in one kustomization also applies in the kustomizations above it and to what these list.
        self._names_places = any(one.names_places for one in kustomizations.values())

    def roots(self) -> list[Path]:
        """The folders whose kustomization no other kustomization lists, by name."""
        listed = {path for one in self._kustomizations.values() for path in (*one.resources, *one.components)}
        return [folder for folder in self.builds() if folder not in listed]

    def builds(self) -> list[Path]:
        """The folders that can be built, by name: the folders of all kustomizations except components."""
        return sorted(folder for folder, one in self._kustomizations.items() if not one.is_component)

    def of(self, folder: Path, override: Override | None = None) -> Chains:
        """The files that the build of a folder reaches, with their steps; `override` is that of a deployment."""
        if override is None and folder in self._known:
            return self._known[folder]
        kustomization = self._kustomizations.get(folder)
        if kustomization is None or folder in self._open or self._is_too_much():  # kustomize refuses a circle
            return {}
        self._open.append(folder)
        try:
            chains = self._inside(kustomization, override)
        finally:
            self._open.pop()
        if override is None:
            self._known[folder] = chains
        return chains

    def _inside(self, kustomization: Kustomization, override: Override | None) -> Chains:
        chains: Chains = {}
        for path in kustomization.resources:
            inner = self.of(path) if path in self._kustomizations else {path: ((),)}
            for file, found in inner.items():
                chains[file] = _limited((*chains.get(file, ()), *found), kustomization)
        further = [inside(kustomization.file.parent, name) for name in (override.components if override else ())]
        for folder in dict.fromkeys((*kustomization.components, *filter(None, further))):
            chains = self._through_component(folder, chains)
        return _through(chains, self._steps(kustomization, override))

    def _through_component(self, folder: Path, chains: Chains) -> Chains:
        """The chains after a component, which changes everything listed before it and what it adds itself."""
        component = self._kustomizations.get(folder)
        if component is None or folder in self._open or self._is_too_much():
            return chains
        self._open.append(folder)
        try:
            for path in component.resources:
                inner = self.of(path) if path in self._kustomizations else {path: ((),)}
                for file, found in inner.items():
                    chains = chains | {file: _limited((*chains.get(file, ()), *found), component)}
            for nested in dict.fromkeys(component.components):
                chains = self._through_component(nested, chains)
            return _through(chains, self._steps(component, None))
        finally:
            self._open.pop()

    def _is_too_much(self) -> bool:
        self._left -= 1
        self.is_exhausted |= self._left < 0 or len(self._open) > _MOST_DEPTH
        return self.is_exhausted

    def _steps(self, kustomization: Kustomization, override: Override | None) -> tuple[Step, ...]:
        commands = self._set_later.get(kustomization.file.parent, [])
        patches = (*kustomization.patches, *(override.patches if override else ()))
        images = tuple(self._images(kustomization, (), override))
        steps: tuple[Step, ...] = images
        if commands:
            sets = [*([command] for command in dict.fromkeys(commands)), commands]
            others = [tuple(self._images(kustomization, one, override)) for one in sets[-_MOST_SETS:]]
            steps = (Choice((images, *others)),)
        return (*patches, *steps, *kustomization.later)

    def _images(
        self, kustomization: Kustomization, commands: Iterable[tuple[str, ImageRule]], override: Override | None
    ) -> Iterator[Images]:
        """The rules of `images:` with the overrides of commands and a deployment, each with its source file."""
        sources = dict.fromkeys(kustomization.rules, kustomization.label)
        rules: tuple[ImageRule, ...] = kustomization.rules
        if own := {rule: source for source, rule in commands}:
            sources |= own
            rules = set_over(rules, own)
        if override and override.rules:
            sources |= dict.fromkeys(override.rules, override.source)
            rules = (put_over if override.is_flux else set_over)(rules, override.rules)
        for rule in rules:
            yield Images(sources[rule], rule, self._names_places)


def _through(chains: Chains, steps: tuple[Step, ...]) -> Chains:
    if not steps:
        return chains
    return {file: tuple((*chain, *steps) for chain in found) for file, found in chains.items()}


def _limited(chains: Iterable[tuple[Step, ...]], kustomization: Kustomization) -> tuple[tuple[Step, ...], ...]:
    different = tuple(dict.fromkeys(chains))
    if len(different) <= _MOST_CHAINS:
        return different
    return ((Patched(kustomization.label, Target(), is_open=True),),)
