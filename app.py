"""The app's entry: settings, navigation, headers, for ``make run``, ``python -m dcnviz``, ``streamlit run app.py``.

Streamlit reads this file twice over: imported once by the server, and run for every view of a page.
"""

import streamlit as st

if __name__ == "__main__":  # a view of a page
    from dcnviz.ui.navigation import icon, pages
    from dcnviz.ui.view import how

    st.set_page_config(page_title="dcnviz", page_icon=icon(), layout="wide")
    st.navigation(pages(), position="top" if how().shows("navigation") else "hidden").run()
else:  # the server
    from starlette.middleware import Middleware
    from starlette.routing import Route

    from dcnviz.ui import memory, runs
    from dcnviz.ui.panel import desk
    from dcnviz.ui.serving import Headers, OwnSite, at_start

    memory.begin()
    runs.hear_out()
    app = st.App(
        __file__,
        routes=[Route(desk.PATH, desk.answer)],
        middleware=[Middleware(Headers), Middleware(OwnSite)],
        lifespan=at_start,
    )
