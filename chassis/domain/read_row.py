"""A row of a read model."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class ReadRow(BaseModel):
    """A row of a read model; its fields are the table's columns, the first one, ``id``, the key."""

    model_config = ConfigDict(frozen=True)

    id: Any

    def but(self, **changes: Any) -> Self:
        # What model_copy(update=...) does for a model without private fields, at a third of its cost.
        made = self.__class__.__new__(self.__class__)
        for name, value in (
            ("__dict__", {**self.__dict__, **changes}),
            ("__pydantic_fields_set__", self.__pydantic_fields_set__ | changes.keys()),
            ("__pydantic_extra__", None),
            ("__pydantic_private__", None),
        ):
            object.__setattr__(made, name, value)
        return made
