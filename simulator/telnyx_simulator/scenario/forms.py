"""What every mapping of the language is made of: a pydantic model whose keys are all known."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from telnyx_simulator.checks.expectations import JSON


class Form(BaseModel):
    """A mapping with known keys. `knows` begins the sentence about any other.

    `wait_instead` are keys that people write for a pause, which is a step of its own. With the key `replaced_by` those
    that are required may be missing. `not_built` are keys of the language that this version refuses.

    A field is called as the run calls it, in the run's unit; its alias is what is written.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)
    knows: ClassVar[str]
    wait_instead: ClassVar[tuple[str, ...]] = ()
    replaced_by: ClassVar[str] = ""
    not_built: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def known(cls) -> tuple[str, ...]:
        """The keys that may be written."""
        return tuple(key for key in cls.every_key() if key not in cls.not_built)

    @classmethod
    def every_key(cls) -> tuple[str, ...]:
        """The keys of the language, built or not."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    def given(self) -> dict[str, JSON]:
        """What was written, by the names that a run uses; defaults are left out."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
