"""Pages under AppTest have no browser that would ask again: they wait for heavy work instead of showing a place."""

from __future__ import annotations

import pytest

from dcnviz.ui.parts import waiting


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 60.0)
