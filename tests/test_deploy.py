"""The container file and the compose file, as far as they can be tested without an engine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import dcnviz
from dcnviz.__main__ import parser

ROOT = Path(__file__).resolve().parents[1]
RECIPE = (ROOT / "deploy/Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line.strip() for line in RECIPE.splitlines() if line.strip() and not line.startswith("#")]
HEALTH = next(json.loads(line.split("CMD ", 1)[1]) for line in LINES if "CMD [" in line)


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="a YAML parser is needed: pip install pyyaml")
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))["services"]
    assert list(services) == ["dcnviz"]
    return dict(services["dcnviz"])


def test_every_file_that_is_copied_is_there() -> None:
    copied = [line.split()[1:-1] for line in LINES if line.startswith("COPY ") and "--from" not in line]
    assert len(copied) == 5
    assert all((ROOT / name).exists() for names in copied for name in names)


def test_it_runs_as_nobody_special_with_the_base_image_by_its_plain_name() -> None:
    assert {line.split()[1] for line in LINES if line.startswith("FROM ")} == {"python:3.12-slim"}
    assert LINES.index("USER 1000:1000") > max(n for n, line in enumerate(LINES) if line.startswith("RUN "))


def test_its_command_is_one_of_dcnviz() -> None:
    command = json.loads(LINES[-1].removeprefix("CMD "))
    assert command[:3] == ["python", "-m", "dcnviz"]
    args = parser().parse_args(command[3:])
    assert args.port == 8501 and args.no_browser


@pytest.mark.parametrize(("body", "healthy"), [(b"ok", True), (b"no", False)])
def test_its_health_check_tells_a_well_server_from_an_ill_one(body: bytes, healthy: bool) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/_stcore/health" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        code = re.sub(":8501", f":{server.server_port}", HEALTH[2])
        done = subprocess.run([sys.executable, *HEALTH[1:2], code], capture_output=True)
        server.shutdown()
    assert (done.returncode == 0) is healthy


def test_the_service_is_confined(service: dict[str, Any]) -> None:
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["user"] == "1000:1000"
    assert service["mem_limit"] and service["cpus"] and service["pids_limit"]
    assert [mount.split(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    assert (ROOT / "deploy" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert service["image"] == "dcnviz:" + dcnviz.__version__.rpartition(".")[0]


def test_the_hosts_come_by_one_variable(service: dict[str, Any]) -> None:
    assert service["environment"]["STREAMLIT_SERVER_ALLOWED_HOSTS"].endswith("${DCNVIZ_HOSTS:-}")
