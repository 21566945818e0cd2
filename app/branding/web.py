"""The brand's style sheet and logo. Their addresses change with them, so browsers may keep them for good."""

from starlette.requests import Request
from starlette.responses import Response

from app.branding.colors import HEX
from app.branding.palette import sheet
from app.errors import Problem

FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


async def style(request: Request) -> Response:
    color = f"#{request.path_params['color']}"
    if not HEX.fullmatch(color):
        raise Problem("not_found", "There is nothing here.")
    return Response(sheet(color), media_type="text/css", headers=FOR_GOOD)
