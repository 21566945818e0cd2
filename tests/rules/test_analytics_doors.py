"""Who sees the figures and who does not; the page, the CSV and the API at their doors."""

import csv
import io
import re
from datetime import timedelta

import httpx2
import pytest

from tests.cast import ALICE, BOB, OLGA, Person
from tests.rules.conftest import Door
from tests.rules.figures import confirmed, figures
from tests.rules.house import PRODUCTS, House
from tests.rules.windows import sign_in

PAGES = ("/desk/analytics", "/desk/analytics.csv")
FORMULA = '=HYPERLINK("http://evil.example","A")'


@pytest.fixture
async def olga(house: House, door: Door) -> httpx2.AsyncClient:
    return await _browser(house, door, OLGA)


async def _browser(house: House, door: Door, person: Person, language: str = "en") -> httpx2.AsyncClient:
    client = door(language=language)
    await sign_in(client, house, person)
    return client


@pytest.mark.parametrize("path", PAGES)
async def test_only_the_owner_sees_a_page_of_figures(house: House, door: Door, path: str) -> None:
    await confirmed(house, 123_456)
    assert (await (await _browser(house, door, OLGA)).get(path)).status_code == 200
    for person, status in ((BOB, 403), (ALICE, 303), (None, 303)):
        client = await _browser(house, door, person) if person else door()
        answer = await client.get(path)
        assert answer.status_code == status
        assert "1,234" not in answer.text
        if status == 303:
            assert answer.headers["location"].startswith("/desk/sign-in?next=/desk/analytics")


async def test_only_the_owners_program_reads_figures(house: House, door: Door) -> None:
    statuses = {}
    for person in (OLGA, BOB, ALICE):
        answer = await door(person, house).get("/api/v1/analytics")
        statuses[person] = answer.status_code
        assert answer.status_code == 200 or answer.json()["code"] == "forbidden"
    assert statuses == {OLGA: 200, BOB: 403, ALICE: 403}
    assert (await door().get("/api/v1/analytics")).status_code == 401


async def test_the_desk_leads_the_owner_there_and_nobody_else(house: House, door: Door) -> None:
    assert 'href="/desk/analytics"' in (await (await _browser(house, door, OLGA)).get("/desk/inbox")).text
    assert "analytics" not in (await (await _browser(house, door, BOB)).get("/desk/inbox")).text


async def test_the_api_says_what_was_asked_for(house: House, door: Door) -> None:
    await confirmed(house, 5000)
    today = house.today()
    first = today - timedelta(days=9)
    body = (await door(OLGA, house).get(f"/api/v1/analytics?from={first}&to={today}")).json()
    assert (body["from"], body["to"], body["currency"]) == (first.isoformat(), today.isoformat(), "EUR")
    assert body["confirmed"] == {"amount": 5000, "currency": "EUR"}
    assert body["overdue"] == {"count": 0, "amount": {"amount": 0, "currency": "EUR"}}
    assert body["before"]["to"] == (first - timedelta(days=1)).isoformat()
    assert body.keys() - body["before"].keys() == {"currency", "products", "customers", "before"}
    by_itself = (await door(OLGA, house).get("/api/v1/analytics")).json()
    assert by_itself["from"] == (today - timedelta(days=29)).isoformat()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-02-02&to=2026-02-01", "from"),
        ("from=tomorrow", "from"),
        ("to=2026-02-30", "to"),
        ("from=&to=2026-02-01", "from"),
        ("from=2010-01-01&to=2026-01-01", "from"),
        ("to=%00", "to"),
    ],
)
async def test_a_wrong_range_is_refused_by_name(house: House, door: Door, query: str, field: str) -> None:
    answer = await door(OLGA, house).get(f"/api/v1/analytics?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    client = await _browser(house, door, OLGA)
    page = await client.get(f"/desk/analytics?{query}")
    assert page.status_code == 422
    assert re.search(f'id="{field}" name="{field}" aria-invalid="true"', page.text)
    assert (await client.get(f"/desk/analytics.csv?{query}")).status_code == 422


async def test_the_page_says_how_many_stay_out(house: House, olga: httpx2.AsyncClient) -> None:
    await confirmed(house, 5000)
    assert "without a quote" not in (await olga.get("/desk/analytics")).text
    for _ in range(2):
        await house.do(BOB, "orders.confirm", await house.place(ALICE), without_quote=True)
    page = (await olga.get("/desk/analytics")).text
    assert "2 orders were confirmed without a quote. They are in no figure of revenue." in page
    assert "€50.00" in page


async def test_an_empty_range_says_so_and_shows_what_holds_now(olga: httpx2.AsyncClient) -> None:
    page = (await olga.get("/desk/analytics?from=2001-01-01&to=2001-01-31")).text
    assert "Nothing happened in these days" in page
    assert "Overdue, now" in page


async def test_a_chart_is_named_described_and_repeated_as_a_table(
    house: House, olga: httpx2.AsyncClient
) -> None:
    await confirmed(house, 5000)
    page = (await olga.get("/desk/analytics")).text
    charts = re.findall(r'<svg class="chart[^>]*>', page)
    assert len(charts) == 2
    for chart in charts:
        named = re.search(r'role="img" aria-labelledby="(\S+) (\S+)"', chart)
        assert named and all(f'id="{key}"' in page for key in named.groups())
    assert page.count("<table>") == 2
    assert " style=" not in page and "<script>" not in page


async def test_titles_stay_text(house: House, olga: httpx2.AsyncClient) -> None:
    await _rename(house, "sign", "<img src=x onerror=alert(1)>")
    await confirmed(house, 5000)
    page = (await olga.get("/desk/analytics")).text
    assert "<img src=x" not in page and "&lt;img src=x onerror=alert(1)&gt;" in page


async def test_the_csv_holds_the_figures_of_the_page(house: House, olga: httpx2.AsyncClient) -> None:
    await confirmed(house, 123_456)
    await house.do(BOB, "payments.record", await confirmed(house, 1000), amount=250)
    answer = await olga.get("/desk/analytics.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="analytics-')
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = _rows(answer)
    found = await figures(house)
    total = rows[0]
    assert total["Part"] == "Range" and total["Orders confirmed"] == "2"
    assert total["Confirmed"] == "1244.56" and found["confirmed"] == 124_456
    assert (total["Collected"], total["Open"]) == ("2.50", "1242.06")
    assert len([row for row in rows if row["Part"] == "Day"]) == 30
    assert [row["Confirmed"] for row in rows if row["Part"] == "Product"] == ["1244.56"]
    assert {len(row) for row in rows} == {len(rows[0])} and None not in rows[0]


@pytest.mark.parametrize("evil", [FORMULA, "+1", "-2", "@SUM(A1)", " =1", "\t=1", "\r=1"])
async def test_no_name_becomes_a_formula(house: House, olga: httpx2.AsyncClient, evil: str) -> None:
    who = {"email": "mallory@example.org", "name": evil}
    number = await house.place(BOB, "plate", customer=who, payment_method="cash")
    await _rename(house, "plate", evil)
    await house.do(BOB, "orders.confirm", number)
    for row in _rows(await olga.get("/desk/analytics.csv")):
        for name, value in row.items():
            assert not value.lstrip().startswith(("=", "+", "@", "-")), (name, value)


async def test_a_german_spreadsheet_gets_its_own_notation(house: House, door: Door) -> None:
    await confirmed(house, 123_456)
    client = await _browser(house, door, OLGA, "de")
    first, total = (await client.get("/desk/analytics.csv")).text.splitlines()[:2]
    assert first.removeprefix("\ufeff").startswith("Teil;Name;")
    assert ";1234,56;" in total


async def _rename(house: House, product: str, title: str) -> None:
    data = PRODUCTS[product] | {"id": house.products[product], "title": title}
    await house.do(OLGA, "products.update", **data)


def _rows(answer: httpx2.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
