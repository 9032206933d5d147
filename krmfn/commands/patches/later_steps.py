"""What kustomize does behind patches: it changes objects that they name, and puts new names of Secrets into them."""

from collections.abc import Iterable
from pathlib import Path

from krmfn.errors import InputError
from krmfn.files import repository
from krmfn.files.builds import kustomizations
from krmfn.imagepull.causes import SECRET_RENAMED
from krmfn.imagepull.explanation.images import ExplainedImage
from krmfn.imagepull.secrets.kustomize_names import UPDATED
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


def mends(result: Result, images: Iterable[ExplainedImage]) -> bool:
    """Whether a warning speaks of a renamed Secret whose final name kustomize puts into all pods that use any.

    Behind a build krmfn writes the old name for good; patches run inside of it.
    """
    if result.rule != SECRET_RENAMED or result.severity is not Severity.WARNING:
        return False
    known = {kind for kind, _ in UPDATED}
    return all(image.resource.kind in known for image in images if image.pull_secrets.to_be)
