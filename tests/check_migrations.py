"""Whether the models say what the migrations make, on both databases: `make check-migrations`."""

import asyncio
import subprocess
import sys
import tempfile

from tests.product import ORDERLINE, ROOT, environment
from tests.servers import postgres


def check(url: str) -> bool:
    """Migrate an empty database, then compare; the differences are printed by the product itself."""
    env = environment(DATABASE_URL=url)
    for command in ((*ORDERLINE, "migrate"), (sys.executable, "-m", "app.migrate", "check")):
        if subprocess.run(command, env=env, cwd=ROOT).returncode:
            return False
    return True


async def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        results = {"SQLite": check(f"sqlite:///{directory}/models.db")}
    async with postgres() as server, server.database() as name:
        results["PostgreSQL"] = check(server.url(name))
    for database, same in results.items():
        print(f"models and migrations on {database}: {'the same' if same else 'DIFFERENT'}")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
