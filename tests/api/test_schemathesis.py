"""Requests made up from the document, against a running shop: no 500, and no answer that it does not say."""

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cast import ALICE, OLGA, Person
from tests.conftest import Api
from tests.marks import EMBEDDED
from tests.product import Deployment, environment
from tests.rules.http import place

CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
CHECKS += "response_schema_conformance,negative_data_rejection,positive_data_acceptance,unsupported_method,"
CHECKS += "allow_header_conformance,ignored_auth"
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "6")


@EMBEDDED
@pytest.mark.timeout(400)
@pytest.mark.parametrize("who", [OLGA, ALICE], ids=["owner", "customer"])
async def test_nothing_is_found(own_deployment: Deployment, api: Api, who: Person, tmp_path: Path) -> None:
    seed = os.environ.get("SCHEMATHESIS_SEED") or str(int(time.time()))
    number = await place(api(ALICE, own_deployment))
    configured = CONFIGURATION.read_text() + f'\n[parameters]\n"path.number" = "{number}"\n'
    (tmp_path / CONFIGURATION.name).write_text(configured)
    done = await asyncio.to_thread(run, own_deployment, who, seed, tmp_path)
    print(f"SCHEMATHESIS_SEED={seed}")
    print(done.stdout[-20_000:])
    assert done.returncode == 0, done.stderr or f"see above; again with SCHEMATHESIS_SEED={seed}"
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested and int(tested[1]) > 30, "the document was not read"


def run(shop: Deployment, who: Person, seed: str, directory: Path) -> subprocess.CompletedProcess[str]:
    base = f"{shop.urls[0]}/api/v1"
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "--config-file", CONFIGURATION.name, "--no-color", "run", f"{base}/openapi.json"]
    command += ["--url", base, "--header", f"Authorization: Bearer {shop.tokens[who]}", "--checks", CHECKS]
    command += ["--seed", seed, "--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing"]
    command += ["--request-timeout", "20", "--warnings", "off", "--generation-database", "none"]
    env = environment(PYTHONPATH="", NO_PROXY="*")
    return subprocess.run(
        command, cwd=directory, env=env, capture_output=True, text=True, timeout=380, check=False
    )
