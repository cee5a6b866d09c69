"""The panel's numbers: they are the layer's, they add up, and they survive the first screen's file."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from dcnviz.models import Network
from dcnviz.models.network import CHANNELS, GROUPS
from dcnviz.recording import Recording, look
from dcnviz.sampling import Version
from dcnviz.ui.cell import CellNumbers, cell_numbers
from dcnviz.ui.parts.panel import corner_table, formula, panel_html, signed, sum_line, tap_table
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import channels_of

PICTURE = np.random.default_rng(0).integers(0, 255, (40, 52, 3), dtype=np.uint8)


def recorded(version: Version) -> Recording:
    torch.manual_seed(0)
    network = Network(version).eval()
    with torch.no_grad():
        for module in network.modules():
            if hasattr(module, "predictor_parameters"):
                for parameter in module.predictor_parameters():
                    parameter.normal_(std=0.2)
    return look(network, PICTURE)


@pytest.mark.parametrize("version", ["conv", "v1", "v2", "v3", "v4"])
@pytest.mark.parametrize("layer", ["0", "2", "stack"])
def test_the_numbers_add_up_and_are_the_layers(version: Version, layer: str) -> None:
    recording = recorded(version)
    for cell in ((0, 0), (5, 7), (9, 12)):
        for group in range(next(iter(recording.values())).groups):
            numbers = cell_numbers(recording, layer, cell, group=group)
            assert numbers.total == pytest.approx(numbers.output, abs=1e-5)
            assert numbers.error < 1e-5
            name = list(recording)[numbers.layer]
            positions = recording[name].positions[0, group, :, cell[0], cell[1]]
            shown = torch.tensor([row.position for row in numbers.rows])
            torch.testing.assert_close(shown, positions, atol=1e-4, rtol=0)
            assert numbers.pixel == (4 * cell[0], 4 * cell[1])


def test_the_strongest_channel_is_shown_unless_another_is_chosen() -> None:
    recording = recorded("v3")
    output = recording.calls[next(iter(recording))].output[0, :, 3, 4]
    numbers = cell_numbers(recording, "0", (3, 4), group=1)
    share = CHANNELS // GROUPS
    assert numbers.channels == tuple(range(share, 2 * share))
    assert numbers.strongest == share + int(output[share : 2 * share].abs().argmax())
    assert cell_numbers(recording, "0", (3, 4), group=1, channel=share + 1).channel == share + 1
    assert cell_numbers(recording, "0", (3, 4), group=1, channel=31).channel == numbers.strongest


def test_a_stack_says_how_far_it_reaches() -> None:
    reach = cell_numbers(recorded("conv"), "stack", (5, 6)).reach
    assert reach == (729, 24.0, 24.0)  # three 3x3 layers at stride 4: 3 cells each way


def test_weights_of_corners_sum_to_one_inside() -> None:
    for row in cell_numbers(recorded("v1"), "1", (5, 6)).rows:
        inside = all(0 <= y < 10 and 0 <= x < 13 for y, x in row.corners)
        assert sum(row.weights) == pytest.approx(1.0) if inside else sum(row.weights) < 1


def test_json_and_back() -> None:
    numbers = cell_numbers(recorded("v2"), "stack", (2, 3))
    assert CellNumbers.from_json(json.loads(json.dumps(numbers.to_json()))) == numbers


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=list(LANGUAGES))
def test_tables_have_a_row_a_tap(texts: object) -> None:
    numbers = cell_numbers(recorded("v2"), "0", (2, 3))
    for text in (tap_table(numbers, texts), corner_table(numbers, texts)):  # type: ignore[arg-type]
        assert len(text.splitlines()) == 2 + 9
    assert f"{numbers.total:+.6f}" in sum_line(numbers)


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=list(LANGUAGES))
def test_the_panel_is_light_and_has_its_corners_only_while_they_are_open(texts: object) -> None:
    numbers = cell_numbers(recorded("v2"), "stack", (2, 3))
    closed, opened = (panel_html(numbers, texts, corners=wanted) for wanted in (False, True))  # type: ignore[arg-type]
    assert len(closed.encode()) < 3000  # it goes to the browser in every click
    assert closed.count("<tr>") == 1 + 3 + 1 + 9 and opened.count("<tr>") == closed.count("<tr>") + 1 + 9
    assert closed.count("<details>") == 1 and signed(numbers.total, ".6f") in closed


@pytest.mark.parametrize("version", ["conv", "v1", "v2", "v3", "v4"])
def test_the_channels_to_choose_from_are_those_of_the_network(version: Version) -> None:
    recording = recorded(version)
    for group in range(next(iter(recording.values())).groups):
        assert cell_numbers(recording, "0", (3, 4), group=group).channels == tuple(
            channels_of(version, group)
        )


def test_the_formula_has_a_mask_where_the_version_has() -> None:
    mask = r"m_k\,"
    assert mask not in formula("v1") and mask in formula("v2") and "w_" not in formula("v3")
    assert signed(-1e-7, ".1e") == "−1.0e−07"
