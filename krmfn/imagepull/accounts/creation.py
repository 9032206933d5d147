"""ServiceAccounts that pods use but the input does not have: created at the end of the input."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

from krmfn.errors import Unplaceable
from krmfn.imagepull.accounts import in_input as accounts
from krmfn.imagepull.accounts.attachment import Absent
from krmfn.imagepull.editing import Edited
from krmfn.imagepull.rules import service_account_secrets
from krmfn.krm import whole_objects
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.resources import INDEX_ANNOTATION, PACKAGE_ANNOTATION, PATH_ANNOTATION
from krmfn.krm.results import File, ResourceRef, Result, Severity


def create(text: str, absent: Sequence[Absent], *, with_secrets: bool) -> Edited:
    """The edits that add ServiceAccounts to the input, as items of a ResourceList or as documents of a stream.

    `with_secrets`: whether to fill their list `secrets` too.
    """
    files = list(_files(text, absent))
    objects = [_object(account, file, with_secrets) for account, file in zip(absent, files, strict=True)]
    refs = [_ref(account) for account in absent]
    try:
        first, edits = whole_objects.added(text, objects)
    except Unplaceable as refusal:
        message = f"cannot be created by krmfn: {refusal}; add it by hand"
        return Edited(tuple(Result(message, Severity.ERROR, ref) for ref in refs), (), (), (), ())
    return Edited(
        results=(),
        summaries=tuple(
            Result(
                f"created, since pods use it: imagePullSecrets: {', '.join(account.secrets)}",
                Severity.INFO,
                ref,
                None,
                file,
            )
            for account, ref, file in zip(absent, refs, files, strict=True)
        ),
        changes=tuple(
            AnnouncedChange(first + i, "", None, new, ref, edits[-1].start, service_account_secrets.NAME)
            for i, (new, ref) in enumerate(zip(objects, refs, strict=True))
        ),
        edits=tuple(edits),
        uses=(),
    )


def _ref(account: Absent) -> ResourceRef:
    meta = accounts.SERVICE_ACCOUNT
    return ResourceRef(meta.api_version, meta.kind, account.name, account.namespace)


def _object(account: Absent, file: File | None, with_secrets: bool) -> dict[str, Any]:
    meta = accounts.SERVICE_ACCOUNT
    metadata: dict[str, Any] = {"name": account.name}
    if account.namespace:
        metadata["namespace"] = account.namespace
    if file:
        metadata["annotations"] = {PATH_ANNOTATION: file.path, INDEX_ANNOTATION: str(file.index)}
        if package := account.use.package:
            metadata["annotations"][PACKAGE_ANNOTATION] = package
    fields = (accounts.PULL_SECRETS, accounts.SECRETS) if with_secrets else (accounts.PULL_SECRETS,)
    lists = {field: [{"name": name} for name in account.secrets] for field in fields}
    return {"apiVersion": meta.api_version, "kind": meta.kind, "metadata": metadata, **lists}


def _files(text: str, absent: Sequence[Absent]) -> Iterator[File | None]:
    """A new file for each ServiceAccount, in the folder of the pods' file; None if the host names no files."""
    taken: set[str] = set()
    for account in absent:
        file = account.use.file
        folder = posixpath.dirname(file.path) if file else ""
        names = "serviceaccount", account.namespace, account.name
        yield whole_objects.new_file(text, taken, folder, *names) if file else None
