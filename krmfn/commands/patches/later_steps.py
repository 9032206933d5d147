"""What kustomize does behind patches: it changes objects that they name, and puts new names of Secrets into them."""

from collections.abc import Iterable
from pathlib import Path

from krmfn.errors import InputError
from krmfn.files import repository
from krmfn.files.builds import kustomizations
from krmfn.imagepull.causes import SECRET_RENAMED
from krmfn.imagepull.rules import image_pull_secrets, service_account_secrets
from krmfn.imagepull.secrets.kustomize_names import UPDATED, path_of
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.results import Result, Severity
from krmfn.krm.streams import say


def warn(folder: Path) -> None:
    """Say that patches in the kustomization of a folder itself would run too early, where that is so."""
    real = folder.resolve()
    try:
        found = kustomizations.read(repository.tree_of(real), real)
    except InputError:  # kustomize has read it; what krmfn's own model lacks is no matter here
        return
    if found is None:
        return
    steps = {
        "names": found.affixes,
        "images": found.rules,
        "fields, by replacements or transformers": found.later,
    }
    if changed := [what for what, of_it in steps.items() if of_it]:
        say(
            f"warning: {folder} changes {' and '.join(changed)} behind its own patches: "
            f"let `spec.path` name a folder whose kustomization has {folder} under `resources`"
        )


def update_names(changes: Iterable[AnnouncedChange]) -> bool:
    """Whether all pull secrets that changes add stand where kustomize updates the names of renamed Secrets."""
    return all(
        (change.resource.kind, path_of(change.path, has_names=True)) in UPDATED
        for change in changes
        if change.rule in (image_pull_secrets.NAME, service_account_secrets.NAME)
    )


def is_about_names(result: Result) -> bool:
    """Whether a warning speaks of a renamed Secret in a kind that kustomize knows.

    Behind a build krmfn has the old name written for good; patches run inside of it.
    """
    is_warning = result.severity is Severity.WARNING and result.rule == SECRET_RENAMED
    return is_warning and result.resource_ref is not None and result.resource_ref.kind in {kind for kind, _ in UPDATED}
