"""Names and addresses as bodies and views have them: what sellers, buyers and fleet accounts share."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api import views
from csms.domain.billing.parties import Country, Name, Text

State = Annotated[str, Meta(pattern=r"^(\d\d)?$", description="India: the two digits of the state.")]
Days = Annotated[int, Meta(ge=0, le=365)]


class NewIdentity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name and an address."""

    name: Name
    address: Text = ""
    postal_code: Text = ""
    city: Text = ""
    state: State = ""
    country: Country | None = None
    tax_id: Text = ""
    email: Text = ""
    phone: Text = ""


class IdentityChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is; documents that were issued keep theirs."""

    name: Name | UnsetType = UNSET
    address: Text | UnsetType = UNSET
    postal_code: Text | UnsetType = UNSET
    city: Text | UnsetType = UNSET
    state: State | UnsetType = UNSET
    country: Country | UnsetType | None = UNSET
    tax_id: Text | UnsetType = UNSET
    email: Text | UnsetType = UNSET
    phone: Text | UnsetType = UNSET


class Party(views.View, frozen=True):
    """Who sells or buys."""

    name: str
    address: str
    postal_code: str
    city: str
    state: str
    country: str | None
    tax_id: str
    email: str
    phone: str


class Identity(Party, frozen=True):
    """The same as it is kept."""

    id: str
    revision: int
