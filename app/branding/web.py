"""The brand's style sheet and logo. Their addresses change with them, so browsers may keep them for good."""

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from app.branding.colors import HEX
from app.branding.palette import sheet
from app.context import Context
from app.errors import Problem

NAME: Final = re.compile(r"[0-9a-f]{16}\.png")
FOR_GOOD: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


async def style(request: Request) -> Response:
    color = f"#{request.path_params['color']}"
    if not HEX.fullmatch(color):
        raise Problem("not_found", "There is nothing here.")
    return Response(sheet(color), media_type="text/css", headers=FOR_GOOD)


async def logo(request: Request) -> Response:
    name = request.path_params["name"]
    if not NAME.fullmatch(name):
        raise Problem("not_found", "There is nothing here.")
    context: Context = request.app.state.context
    return Response(await context.files.read(f"brand/{name}"), media_type="image/png", headers=FOR_GOOD)
