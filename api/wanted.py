"""What handlers may ask for by name: parts of the node, who is calling, and the ids in their paths."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import PathParameter

from actors import tree
from api import asking, auth, caller, signin

Node = NamedDependency[tree.Node]
Caller = NamedDependency[caller.Caller]
Authenticator = NamedDependency[auth.Authenticator]
SignIn = NamedDependency[signin.SignIn]
Asking = NamedDependency[asking.Asking]

PROVIDED = ("node", "caller", "authenticator", "sign_in", "asking")
"""The names of the dependencies above."""

ChargerId = Annotated[str, PathParameter(description="A charger's id, in whatever case.")]
SessionId = Annotated[str, PathParameter(description="A session's id (not its transaction id).")]
StationId = Annotated[str, PathParameter(description="A station's id.")]
TokenId = Annotated[str, PathParameter(description="A token's `id` (not its id_token).")]
CommandId = Annotated[str, PathParameter(description="A command's id.")]
UserId = Annotated[str, PathParameter(description="A user's id.")]
KeyId = Annotated[str, PathParameter(description="An API key's id.")]
Word = Annotated[str, PathParameter()]
