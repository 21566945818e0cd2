"""The people of the tests."""

from typing import Literal, NamedTuple


class Person(NamedTuple):
    """Somebody with a role in every test shop."""

    email: str
    side: Literal["team", "customer"]
    role: str = ""

    @property
    def option(self) -> str:
        """How the command line names this kind of person."""
        return "--member" if self.side == "team" else "--customer"


ALICE = Person("alice@example.org", "customer")
CAROL = Person("carol@example.org", "customer")  # another customer: sees nothing of Alice's
BOB = Person("bob@example.org", "team", "agent")
OLGA = Person("olga@example.org", "team", "owner")

CAST = (BOB, OLGA, ALICE, CAROL)
TEAM = tuple(person for person in CAST if person.side == "team")
