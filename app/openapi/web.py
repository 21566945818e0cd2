"""GET /api/v1/openapi.json: public, since it says nothing of the shop, and cached by whoever reads it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.api_queries import Query
from app.openapi.document import as_json

HEADERS = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}


async def show(request: Request) -> Response:
    Query.of(request)
    return Response(as_json(), media_type="application/json", headers=HEADERS)


def routes() -> list[Route]:
    return [Route("/openapi.json", show)]
