"""Who of the team is told of something by mail.

Whoever switched it off is not, and nobody is told of what they did themselves; what an assignee did concerns
all the others (app.notifications.events). But nothing is told to nobody: when none of those whom it concerns
would hear of it, neither by mail nor on a device of theirs, it is mailed to the owners, whatever they chose.
(What only shows on a screen reaches nobody who is not there.)

Of a new order who entered it has heard. Of a decision somebody else must: the owners but for who entered it,
where there are none the other members, and nobody where there are none of these either.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.notifications.choices import Choices, choices_of
from app.notifications.events import EVENTS, for_member
from app.push.queries import reachable
from app.team.model import Member


class Team:
    """The members, with what each chose and whether a push would reach them."""

    def __init__(self, team: Sequence[Member], choices: dict[str, Choices], reachable: set[str]) -> None:
        self.members = team
        self._choices = choices
        self._reachable = reachable

    def mailed(self, topic: str, assignee: int | None, author: int | None = None) -> list[Member]:
        """To whom a mail about this goes. `author`: the member who did it."""
        if assignee not in {member.id for member in self.members}:
            assignee = None
        others = [member for member in self.members if member.id != author]
        events = ((member, for_member(topic, assignee, member.id, author)) for member in others)
        concerned = [(member, event) for member, event in events if event is not None]
        chosen = [member for member, event in concerned if self._wants(member, event)]
        if chosen or any(self._hears(member, event) for member, event in concerned):
            return chosen
        return self._instead({event for _, event in concerned}, others, by_member=author is not None)

    def _instead(self, events: set[str], others: list[Member], *, by_member: bool) -> list[Member]:
        """Who is mailed what nobody else would hear of."""
        if not any(EVENTS[event].anybody_else if by_member else EVENTS[event].somebody for event in events):
            return []
        owners = [member for member in others if member.role == "owner"]
        return owners or (others if by_member else [])

    def _wants(self, member: Member, event: str) -> bool:
        return self._choices[f"m{member.id}"].wants(event, "mail")

    def _hears(self, member: Member, event: str) -> bool:
        person = f"m{member.id}"
        return person in self._reachable and self._choices[person].wants(event, "push")


async def team_of(session: AsyncSession, team: Sequence[Member]) -> Team:
    persons = [f"m{member.id}" for member in team]
    return Team(team, await choices_of(session, persons), await reachable(session, persons))


async def customer_wants_mail(session: AsyncSession, customer_id: int, event: str) -> bool:
    person = f"c{customer_id}"
    return (await choices_of(session, [person]))[person].wants(event, "mail")
