"""The app's entry: settings and navigation, nothing else. Start it with ``streamlit run app.py`` or ``make run``."""

import streamlit as st

from dcnviz.data.assets import asset
from dcnviz.ui.pages.explore import page as explore

st.set_page_config(page_title="dcnviz", page_icon=str(asset("icon.png")), layout="wide")
st.navigation([st.Page(explore, title="Explore", url_path="explore", default=True)], position="hidden").run()
