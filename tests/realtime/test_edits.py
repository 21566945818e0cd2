"""Words that were corrected or withdrawn: a process hands out the old ones no more, not even from memory."""

from collections.abc import Sequence

import pytest

from app.entries import Audience, Entry, Side
from tests.realtime.conftest import Connect, Node

CORRECTED = {"text": "new", "edited_at": "2030-01-01T00:00:00Z"}
WITHDRAWN = {"text": "", "withdrawn_at": "2030-01-01T00:00:00Z"}


def say(node: Node, text: str, audience: Audience = "everyone") -> Entry:
    entry = node.shop.log.append(1042, text, audience=audience)
    node.shop.committed(entry)
    return entry


def edit(node: Node, said: Entry, words: dict[str, str]) -> Entry:
    """As the product writes it; the log of these tests has no overlay of its own."""
    entry = node.shop.log.append(1042, "", audience=said.audience)
    entry = entry._replace(kind="edit", data={"seq": said.seq} | words)
    node.shop.log.entries[1042][-1] = entry
    node.shop.committed(entry)
    return entry


@pytest.mark.parametrize("words", [CORRECTED, WITHDRAWN], ids=["corrected", "withdrawn"])
@pytest.mark.parametrize("html", [None, "en"])
async def test_who_comes_back_is_not_given_the_old_words(
    node: Node, clients: Connect, words: dict[str, str], html: str | None
) -> None:
    more = {"html": html} if html else {}
    cara = await clients(node, "cara", orders={"1042": 0}, **more)
    anna = await clients(node, "anna", orders={"1042": 0}, **more)
    said = say(node, "old")
    await cara.until(lambda: cara.texts["1042"] == ["old"])
    await anna.until(lambda: anna.texts["1042"] == ["old"])
    edit(node, said, words)
    again = [await clients(node, who, orders={"1042": 0}, **more) for who in ("cara2", "anna")]
    for client in (cara, anna):
        await client.until(lambda client=client: client.texts["1042"] == ["old", words["text"]])  # type: ignore[misc]
    for client in again:
        await client.until(lambda client=client: len(client.texts["1042"]) == 2)  # type: ignore[misc]
        assert client.texts["1042"] == [words["text"]] * 2
        assert all("old" not in str(frame) for frame in client.of("event"))
    assert node.shop.counts["entries"] == 0  # it came from memory


async def test_what_is_withdrawn_while_it_is_rendered_is_not_given_out(
    node: Node, clients: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    await clients(node, "cara", orders={"1042": 0})
    said, contents = say(node, "old"), node.shop.contents

    async def slow(order: int, entries: Sequence[Entry], side: Side, language: str) -> list[str]:
        if node.shop.log.head(order).team == said.seq:
            edit(node, said, WITHDRAWN)
        return await contents(order, entries, side, language)

    monkeypatch.setattr(node.shop, "contents", slow)
    late = await clients(node, "cara2", orders={"1042": 0}, html="en")
    await late.until(lambda: len(late.texts["1042"]) == 2)
    assert all("old" not in str(frame) for frame in late.of("event"))


async def test_an_earlier_correction_is_renewed_as_well(node: Node, clients: Connect) -> None:
    await clients(node, "cara", orders={"1042": 0})
    said, other = say(node, "old"), say(node, "another")
    edit(node, said, CORRECTED)
    edit(node, said, WITHDRAWN)
    late = await clients(node, "cara2", orders={"1042": 0})
    await late.until(lambda: len(late.texts["1042"]) == 4)
    assert late.texts["1042"] == ["", other.data["text"], "", ""]
    assert not late.gaps


async def test_the_edit_of_a_note_stays_with_the_team(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    anna = await clients(node, "anna", orders={"1042": 0})
    edit(node, say(node, "old", "team"), CORRECTED)
    say(node, "for all")
    await anna.until(lambda: anna.texts["1042"] == ["old", "new", "for all"])
    await cara.until(lambda: cara.texts["1042"] == ["for all"])
    assert not cara.gaps


@pytest.mark.parametrize("html", [None, "en"])
async def test_what_was_erased_is_read_anew_by_who_is_there_and_not_given_to_who_comes(
    node: Node, clients: Connect, html: str | None
) -> None:
    more = {"html": html} if html else {}
    anna = await clients(node, "anna", orders={"1042": 0}, **more)
    said = [say(node, "old"), say(node, "older")]
    await anna.until(lambda: anna.texts["1042"] == ["old", "older"])
    log = node.shop.log.entries[1042]
    for place, entry in enumerate(log):
        log[place] = entry._replace(data=WITHDRAWN | {"erased": True})
    erases = node.shop.log.append(1042, "")
    log[-1] = erases = erases._replace(kind="edit", data={"seq": erases.seq, "action": "erase", "text": ""})
    node.shop.committed(erases)
    await anna.until(lambda: anna.of("reset"))
    assert anna.of("reset")[0]["order"] == "1042"
    late = await clients(node, "anna", orders={"1042": 0}, **more)
    await late.until(lambda: len(late.of("event")) == len(said) + 1)
    assert all("old" not in str(frame["data"]) for frame in late.of("event"))
