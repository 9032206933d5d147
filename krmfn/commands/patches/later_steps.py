"""What kustomize does after patches: it changes the objects that they target, and writes new names of Secrets."""

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
    """Warn if patches in the kustomization of the folder itself would run too early."""
    real = folder.resolve()
    try:
        found = kustomizations.read(repository.tree_of(real), real)
    except InputError:  # kustomize has built it, so an error of krmfn's own model does not matter here
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
            f"warning: {folder} changes {' and '.join(changed)} after its own patches: "
            f"set `spec.path` to a folder whose kustomization has {folder} under `resources`"
        )


def mends(result: Result, images: Iterable[ExplainedImage]) -> bool:
    """Whether a warning about a renamed Secret is void, because kustomize writes the final name into all its users.

    That works for patches, which run inside the build. After a build, kustomize no longer updates the name.
    """
    if result.rule != SECRET_RENAMED or result.severity is not Severity.WARNING:
        return False
    known = {kind for kind, _ in UPDATED}
    return all(image.resource.kind in known for image in images if image.pull_secrets.to_be)
