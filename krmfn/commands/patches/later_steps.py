"""What a kustomization does behind its own patches, which are then made for another state of its objects."""

from pathlib import Path

from krmfn.errors import InputError
from krmfn.files import repository
from krmfn.files.builds import kustomizations
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
