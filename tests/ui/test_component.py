"""The explorer's Python side, run in Streamlit's own test runner (no script of a browser runs here)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.plots.colours import COLOURS
from dcnviz.ui.explorer.component import SCRIPT, STYLE, Overlays, View, envelope, explorer
from dcnviz.ui.explorer.payload import Affine, LayerField, encode


def make_payload() -> bytes:
    field = LayerField(
        "a",
        np.zeros((2, 9, 4, 6, 2)),
        None,
        (3, 3),
        (1, 1),
        (1, 1),
        (1, 1),
        (4, 6),
        Affine((4.0, 4.0)),
        Affine((4.0, 4.0)),
    )
    return encode(b"", "image/png", (16, 24), [field])


def script(payload, view):  # type: ignore[no-untyped-def]
    """Run by Streamlit from its source text alone, hence the imports, and no names of this file."""
    import streamlit as st

    from dcnviz.ui.explorer.component import explorer

    st.text(str(explorer(payload, key="viewer", view=view)))


def page(**view: Any) -> AppTest:
    return AppTest.from_function(
        script, kwargs={"payload": make_payload(), "view": View(**view)}, default_timeout=300
    )


def shown(app: AppTest) -> str:
    assert not app.exception
    return str(app.text[0].value)


def sent(app: AppTest) -> dict[str, Any]:
    """Protobuf messages of the two components, by name."""
    return {element.proto.component_name: element.proto for element in app.get("bidi_component")}


def test_before_a_click_the_view_says_what_is_pinned() -> None:
    assert shown(page(pin=(1, 2)).run()) == "(1, 2)"
    assert shown(page().run()) == "None"
    assert shown(page(pin=(4, 0)).run()) == "None", "a pin outside the map is none"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"i": 3, "j": 5}, "(3, 5)"),
        (None, "None"),
        ({"i": 4, "j": 5}, "None"),
        ({"i": -1, "j": 0}, "None"),
        ({"i": True, "j": 0}, "None"),
        ({"i": 1.5, "j": 0}, "None"),
        ({"i": "1"}, "None"),
        ([1, 2], "None"),
        ("x", "None"),
    ],
)
def test_a_browser_is_believed_only_where_it_names_a_cell(value: object, expected: str) -> None:
    app = page(pin=(1, 2))
    app.session_state["viewer"] = {"selected": value}
    assert shown(app.run()) == expected


def test_the_fields_do_not_change_with_the_view() -> None:
    first, second = sent(page().run()), sent(page(overlays=Overlays(numbers=True), pin=(1, 1), layer=0).run())
    assert (
        first["dcnviz_explorer"].bytes
        == second["dcnviz_explorer"].bytes
        == envelope("viewer", make_payload())
    )
    assert first["dcnviz_view"].json != second["dcnviz_view"].json
    assert second["dcnviz_view"].ByteSize() < 4000


def test_the_view_reaches_the_browser_with_its_colours() -> None:
    data = json.loads(sent(page(layer=0, group=1, pin=(1, 2), epoch="e").run())["dcnviz_view"].json)
    assert (data["channel"], data["layer"], data["group"], data["epoch"]) == ("viewer", 0, 1, "e")
    assert data["pin"] == {"i": 1, "j": 2}
    assert data["overlays"] == {"base": True, "lines": True, "numbers": False, "mask": True}
    assert data["colours"] == {name: colour.hex for name, colour in COLOURS.items()}


@pytest.mark.parametrize("view", [View(layer=1), View(layer=-1), View(group=2), View(group=-1)])
def test_a_view_of_what_is_not_there_is_refused(view: View) -> None:
    with pytest.raises(ValueError, match="must be"):
        explorer(make_payload(), key="viewer", view=view)


def test_colours_are_defined_in_one_place() -> None:
    meant = {colour.hex.lower() for colour in COLOURS.values()} - {"#ffffff"}
    assert not [hex for hex in meant if hex in (SCRIPT + STYLE).lower()]
