"""PDF, made by a process of its own: it takes seconds for a long order, and meanwhile messages go on here."""

import asyncio
import logging
import sys
from pathlib import Path

from app.errors import Problem

PROGRAM = Path(__file__).with_name("pdf.py")
AT_ONCE = asyncio.Semaphore(2)
LONGEST = 60.0
MOST = 4_000_000  # characters of HTML; what is longer is there as HTML
logger = logging.getLogger(__name__)


async def pdf_of(html: str) -> bytes:
    """Raises 413 for what is too long to be printed, 503 when it could not be."""
    if len(html) > MOST:
        raise Problem("too_large", "This conversation is too long for a PDF. It can be saved as HTML.")
    async with AT_ONCE:
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-P", str(PROGRAM), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(LONGEST):
                printed, said = await program.communicate(html.encode())
        except TimeoutError:
            program.kill()
            await program.wait()
            printed, said = b"", b"it took too long"
        except asyncio.CancelledError:
            program.kill()
            raise
    if program.returncode or not printed:
        logger.warning("a copy could not be printed: %s", said.decode(errors="replace")[-500:])
        raise Problem("unavailable", "The PDF could not be made. Please try again.", retry_after=5)
    return printed
