"""ServiceAccounts that pods run as and nobody has written: made, behind all that is in the input."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

from krmfn.errors import NotYAML, Unplaceable, VerificationError
from krmfn.imagepull.accounts import in_input as accounts
from krmfn.imagepull.accounts.attachment import Absent
from krmfn.imagepull.editing import Edited
from krmfn.imagepull.rules import service_account_secrets
from krmfn.krm import documents
from krmfn.krm.documents import Envelope
from krmfn.krm.envelope import before_next_key
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.resources import INDEX_ANNOTATION, PACKAGE_ANNOTATION, PATH_ANNOTATION
from krmfn.krm.results import File, ResourceRef, Result, Severity
from krmfn.splice import nodes, parsing
from krmfn.splice.changes import AppendItems
from krmfn.splice.edits import Edit
from krmfn.splice.lines import line_break
from krmfn.splice.nodes import SequenceNode
from krmfn.splice.pieces import Piece
from krmfn.splice.placement import place
from krmfn.splice.rendering import block
from krmfn.splice.sharing import Sharing
from krmfn.splice.verify import verify


def create(text: str, absent: Sequence[Absent], *, with_secrets: bool) -> Edited:
    """The edits that put ServiceAccounts into the input, as items of a ResourceList or as documents of a stream.

    `with_secrets`: their list `secrets` is filled too.
    """
    files = list(_files(text, absent))
    objects = [_object(account, file, with_secrets) for account, file in zip(absent, files, strict=True)]
    refs = [_ref(account) for account in absent]
    try:
        first, edits = _placed(text, objects)
    except Unplaceable as refusal:
        message = f"cannot be created by krmfn: {refusal}; add it by hand"
        return Edited(tuple(Result(message, Severity.ERROR, ref) for ref in refs), (), (), (), ())
    return Edited(
        results=(),
        summaries=tuple(
            Result(
                f"created, since pods run as it: imagePullSecrets: {', '.join(account.secrets)}",
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
    """A new file for each, beside that of the pods: hosts take two resources at the same place for a mistake."""
    taken: set[str] = set()
    for account in absent:
        if account.use.file is None:
            yield None
            continue
        folder = posixpath.dirname(account.use.file.path)
        stem = "-".join(filter(None, ("serviceaccount", account.namespace, account.name)))
        number = 1
        while True:
            path = posixpath.join(folder, f"{stem}{f'-{number}' * (number > 1)}.yaml")
            if path not in text and path not in taken:
                break
            number += 1
        taken.add(path)
        yield File(path)


def _placed(text: str, objects: Sequence[dict[str, Any]]) -> tuple[int, list[Edit]]:
    """The number of the first new document or item, and the edits; raise `Unplaceable`."""
    given = documents.whole(text)
    if given.envelope:
        piece = documents.items_piece(given.envelope)
        return len(piece.documents), _appended(given.envelope, piece, objects)
    if text.lstrip().startswith(("{", "[")):
        # What reads JSON takes no YAML behind it.
        raise Unplaceable("the input is JSON, or looks like it, and that takes no further document")
    try:
        pieces = [documents.compose(chunk, 0) for chunk in documents.cut(text).chunks]
    except NotYAML:
        pieces = [documents.compose(chunk, 0) for chunk in given.chunks]
    return sum(len(piece.documents) for piece in pieces), [_new_documents(text, pieces[-1], objects)]


def _appended(envelope: Envelope, piece: Piece, objects: Sequence[dict[str, Any]]) -> list[Edit]:
    entry = envelope.entry("items")
    assert entry is not None
    _, items = entry
    assert isinstance(items, SequenceNode)
    change = AppendItems("items", items, tuple(objects))
    Sharing(piece, [(0, change)]).check(change)
    try:
        edits = place(piece.text, change)
    except Unplaceable:
        edits = [before_next_key(envelope, change)]
    verify(piece.roots, piece.text, edits, [change])
    return edits


def _new_documents(text: str, last: Piece, objects: Sequence[dict[str, Any]]) -> Edit:
    newline = line_break(text, 0)
    if not text.endswith(newline):
        # The end of a line may be part of a value that had none.
        try:
            verify(last.roots, last.text, [Edit(len(last.text), len(last.text), newline)], ())
        except VerificationError:
            raise Unplaceable("the last line of the input has no end, and with one it says something else") from None
    new = "".join(f"---{newline}" + "".join(line + newline for line in block(object_)) for object_ in objects)
    try:
        is_right = [nodes.plain(root) for root in parsing.compose(new)] == list(objects)
    except NotYAML:
        is_right = False
    if not is_right:
        raise VerificationError("the new documents do not say what was announced")
    return Edit(len(text), len(text), ("" if text.endswith(newline) else newline) + new)
