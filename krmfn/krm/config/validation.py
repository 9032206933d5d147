"""Validate plain data as settings; pydantic's core is imported only when there is something to validate."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from krmfn.errors import SettingsError
from krmfn.krm.config.errors import say
from krmfn.krm.config.schema import Section

_S = TypeVar("_S", bound=Section)


class Validator(Generic[_S]):
    """Makes settings of a class from plain data; `schema` is the schema of the class."""

    def __init__(self, cls: type[_S], schema: Any) -> None:
        self._cls = cls
        self._schema = schema

    def validated(self, data: object, where: str) -> _S:
        """The settings for plain data; raise `SettingsError` about the keys below `where`."""
        from pydantic_core import ValidationError

        try:
            settings: _S = self._validator.validate_python({} if data is None else _without_nulls(data))
        except ValidationError as error:
            raise SettingsError("; ".join(say(item, where, self._cls) for item in _own(error.errors()))) from None
        return settings

    @cached_property
    def _validator(self) -> Any:
        from pydantic_core import SchemaValidator

        return SchemaValidator(self._schema)


def _own(errors: Sequence[Any]) -> Iterator[Any]:
    """The errors that do not follow from others: a list is not empty just because its only item is invalid."""
    for error in errors:
        inside = (other for other in errors if len(other["loc"]) > len(error["loc"]))
        if error["type"] != "too_short" or all(other["loc"][: len(error["loc"])] != error["loc"] for other in inside):
            yield error


def _without_nulls(data: Any) -> Any:
    """The data without keys whose value is null: a key without a value counts as not given."""
    if isinstance(data, Mapping):
        return {key: _without_nulls(value) for key, value in data.items() if value is not None}
    return [_without_nulls(item) for item in data] if isinstance(data, list) else data
