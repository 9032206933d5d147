"""The outcome of a run of the image-pull function."""

from typing import TYPE_CHECKING

from krmfn.errors import InputError
from krmfn.krm.outcome import Outcome

if TYPE_CHECKING:
    from krmfn.imagepull.explanation.images import ExplainedImage
    from krmfn.imagepull.unused_settings import Found


class ImagePullOutcome(Outcome):
    """The result of `krmfn.run`.

    Attributes:
        images: every image with what was decided about it, ordered by position; only with `explains`.
        has_manifests: whether the input has any object with apiVersion and kind; not known after an error.
        found: what the settings match in the input; only if the input is one of several, and the caller has to join
            what all of them match. Else None.
    """

    images: "tuple[ExplainedImage, ...]"
    has_manifests: bool
    found: "Found | None"

    def __init__(
        self,
        outcome: Outcome,
        images: "tuple[ExplainedImage, ...]" = (),
        *,
        has_manifests: bool = True,
        found: "Found | None" = None,
    ) -> None:
        super().__init__(outcome.output, outcome.results, outcome.changes, outcome.edits, outcome.is_resource_list)
        vars(self).update(images=images, has_manifests=has_manifests, found=found)

    def require_manifests(self) -> None:
        """Raise `InputError` if the input is a stream without any manifest: the pipe into krmfn is probably broken.

        A ResourceList without items is normal.
        """
        if not (self.has_manifests or self.is_resource_list or self.exit_code):
            raise InputError("stdin has no manifest: expected at least one object with `apiVersion` and `kind`")
