"""The app's entry: settings and navigation, nothing else. Start it with ``streamlit run app.py`` or ``make run``."""

import streamlit as st

from dcnviz.data.assets import asset
from dcnviz.ui.navigation import pages

st.set_page_config(page_title="dcnviz", page_icon=str(asset("icon.png")), layout="wide")
st.navigation(pages(), position="top").run()
