"""What a person reads on a page that AppTest has run."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest


def panel(app: AppTest) -> str:
    """The HTML of the pinned cell's panel; nothing where there is none."""
    mounted = (e.proto for e in app.get("bidi_component") if e.proto.component_name.endswith("dcnviz_panel"))
    return "".join(str(json.loads(proto.json or proto.mixed.json)["html"]) for proto in mounted)


def words(app: AppTest) -> str:
    """All texts of the page, and its panel."""
    elements = (*app.markdown, *app.info, *app.warning, *app.error, *app.code)
    return "\n".join([*(str(element.value) for element in elements), panel(app)])
