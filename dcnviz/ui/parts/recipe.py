"""What is to be trained here and now: operator, seed, the predictors' learning rate, where offsets start, how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.ui.parts.controls import choice
from dcnviz.ui.texts import Texts
from dcnviz.ui.training_view import BUDGETS, FACTORS, MOST_SEED, STARTS
from dcnviz.ui.view import VERSIONS, change, current, current_training, how

if TYPE_CHECKING:
    from dcnviz.training import LiveRecipe


def choose_recipe(texts: Texts, *, disabled: bool) -> None:
    """What to train; fixed while it is trained."""
    words, view = texts.train, current_training()
    choice("version", texts.version, VERSIONS, texts.versions, current().version, disabled=disabled)
    names = {budget: words.seconds.format(seconds=budget) for budget in BUDGETS}
    choice("budget", words.budget, BUDGETS, names, view.budget, disabled=disabled)
    said = words.settings.format(seed=view.seed, factor=view.factor, start=words.starts[view.start])
    with st.popover(said, icon=":material/tune:", disabled=disabled):
        choose_settings(texts)


def choose_settings(texts: Texts) -> None:
    """What a first training can do without."""
    words, view, key = texts.train, current_training(), f"factor.{current().lang}"
    choice("start", words.start, STARTS, words.starts, view.start, help=words.start_help)
    st.session_state[key] = view.factor
    st.select_slider(
        words.factor,
        FACTORS,
        key=key,
        help=words.factor_help,
        on_change=lambda: change(factor=st.session_state[key]),
    )
    st.session_state["seed"] = view.seed
    st.number_input(
        words.seed, 0, MOST_SEED, key="seed", on_change=lambda: change(seed=int(st.session_state["seed"]))
    )


def note(text: str, texts: Texts, *, disabled: bool = False) -> None:
    """What is being watched, in words, and whether plain convolution is shown too."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if how().shows("controls"):
            choose_beside(texts, disabled=disabled)
        st.markdown(text)


def choose_beside(texts: Texts, *, disabled: bool = False) -> None:
    """Whether plain convolution is shown too."""
    st.session_state["beside"] = current_training().beside
    st.toggle(
        texts.train.beside,
        key="beside",
        help=texts.train.beside_help,
        disabled=disabled,
        on_change=lambda: change(beside=st.session_state["beside"]),
    )


def recipe() -> LiveRecipe:
    """What the controls say."""
    from dcnviz.training import LiveRecipe

    view = current_training()
    return LiveRecipe(
        version=current().version,  # type: ignore[arg-type]  # one of VERSIONS: the view is checked when it is read
        seed=view.seed,
        predictor_factor=float(view.factor),
        start=view.start,  # type: ignore[arg-type]  # one of STARTS, likewise
        seconds=float(view.budget),
    )
