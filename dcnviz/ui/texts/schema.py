"""Every sentence of the interface, by name. A language is one value of this class, so none can lack a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dcnviz.ui.texts.compare import CompareTexts
from dcnviz.ui.texts.deeper import DeeperTexts
from dcnviz.ui.texts.download import DownloadTexts
from dcnviz.ui.texts.handout import HandoutTexts
from dcnviz.ui.texts.learn import LearnTexts
from dcnviz.ui.texts.model import ModelTexts
from dcnviz.ui.texts.practice import PracticeTexts
from dcnviz.ui.texts.sheet import SheetTexts
from dcnviz.ui.texts.tour import TourTexts
from dcnviz.ui.texts.train import TrainTexts
from dcnviz.ui.texts.waiting import WaitingTexts
from dcnviz.ui.texts.yours import YoursTexts


@dataclass(frozen=True)
class Texts:
    """The texts of one language. Braces are filled in by ``str.format``.

    Attributes that are mappings go from a code (of a version, an overlay, an error) to its text. Those of the pages
    Compare, Your model, Learn and Train, and of the deeper looks at a cell, have classes of their own.
    """

    language: str
    pages: Mapping[str, str]
    title: str
    lead: str
    lead_pinned: Mapping[str, str]
    picture: str
    picture_source: str
    sources: Mapping[str, str]
    upload_label: str
    upload_help: str
    camera_label: str
    camera_buttons: tuple[str, str]
    own_picture: str
    own_picture_gone: str
    own_picture_alt: str
    version: str
    versions: Mapping[str, str]
    layer: str
    layer_names: Mapping[str, str]
    group: str
    overlays: str
    overlay_names: Mapping[str, str]
    language_label: str
    waking: str
    looking: str
    nothing_pinned: str
    cell: str
    stack_reach: str
    taps_title: str
    tap_columns: tuple[str, ...]
    taps_note: str
    corners_title: str
    corner_columns: tuple[str, ...]
    corners_note: str
    channel: str
    strongest: str
    channel_help: str
    proof_title: str
    proof_sum: str
    proof_output: str
    proof_difference: str
    proof_note: str
    maps_title: str
    maps_note: str
    maps: Mapping[str, str]
    map_help: Mapping[str, str]
    tap: str
    all_taps: str
    picture_errors: Mapping[str, str]
    failure: str
    busy: str
    wide: str
    missing: Mapping[str, str]
    explorer: Mapping[str, str]
    compare: CompareTexts
    model: ModelTexts
    deeper: DeeperTexts
    waiting: WaitingTexts
    download: DownloadTexts
    sheet: SheetTexts
    handout: HandoutTexts
    tour: TourTexts
    learn: LearnTexts
    train: TrainTexts
    practice: PracticeTexts
    yours: YoursTexts
