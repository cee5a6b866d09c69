"""What pyproject.toml cannot say: two packages whose files stay where a reader of the repository looks for them.

``dcnviz._assets`` is `assets/`; ``dcnviz._app`` is `app.py` with `.streamlit/config.toml` beside it, which is where
Streamlit looks for settings. So an installed package starts the same file with the same settings as a checkout.
"""

from setuptools import find_packages, setup

setup(
    script_name=__file__,  # lies in the folder of dcnviz._app too, and is left out only if it is known by name
    packages=[*find_packages(include=["dcnviz", "dcnviz.*"]), "dcnviz._app", "dcnviz._assets"],
    package_dir={"dcnviz._app": ".", "dcnviz._assets": "assets"},
)
