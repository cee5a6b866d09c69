"""What the server does before anybody has asked for a page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FIRST_PAGE = """
import sys
from streamlit.testing.v1 import AppTest
from dcnviz.ui import networks, warming

networks._Waker.PAUSE = 1000.0  # torch stays asleep
warming.warm()
before = set(sys.modules)
page = AppTest.from_file({app!r}, default_timeout=300).run()
assert not page.exception and page.button(key="take.cat").label == "Cat"
late = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(sorted(late & {{"dcnviz", "pandas", "pyarrow", "PIL", "torch"}}), "torch" in sys.modules)
"""


def test_the_first_page_finds_everything_imported_and_torch_is_not() -> None:
    app = str(Path(__file__).parents[2] / "app.py")
    said = subprocess.run(
        [sys.executable, "-c", FIRST_PAGE.format(app=app)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert said.stdout.split("\n")[-2] == "[] False", said.stdout + said.stderr
