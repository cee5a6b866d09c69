"""The six mistakes: each is worse than what is right beside it, by computations that do not know the lesson."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from dcnviz.conventions import offsets_from_torchvision
from dcnviz.geometry import Geometry
from dcnviz.ops import deform_conv2d
from dcnviz.sampling import regular
from dcnviz.ui.lesson.chapters.practice import READ_AS
from dcnviz.ui.lesson.defects import article, borders, exploding, orders, rates, show, starts, table
from dcnviz.ui.lesson.defects.training import Adam, task, train
from dcnviz.ui.texts import LANGUAGES

each_mistake = pytest.mark.parametrize("id", table.DEFECTS)


def test_every_mistake_has_its_words() -> None:
    for texts in LANGUAGES.values():
        assert list(texts.practice.defects) == list(table.DEFECTS)
        assert set(texts.practice.asked) == {*article.ASKED, "start", "rate"}


@each_mistake
def test_the_numbers_fill_the_words(id: str) -> None:
    facts = table.facts(id)
    for texts in LANGUAGES.values():
        own = texts.practice.defects[id]
        for text in (own.broken, own.right, own.why):
            assert "{" not in text.format(**facts)


@each_mistake
def test_the_two_pictures_differ_in_what_they_show(id: str) -> None:
    assert table.read(id, "a") != table.read(id, "b")
    drawn = [table.picture(id, side, "light") for side in "ab"]
    assert drawn[0] != drawn[1] and all(png.startswith(b"\x89PNG") for png in drawn)


@pytest.mark.parametrize(("version", "own"), [("v2", "torchvision"), ("v3", "internimage")])
def test_one_order_alone_fits(version: str, own: str) -> None:
    made = orders.readings(version)
    assert [name for name, read in made.items() if read.error < 1e-4] == [own]
    assert set(READ_AS.values()) | {orders.WRONG, orders.RIGHT} <= set(made)


def test_the_same_numbers_in_other_places() -> None:
    made = orders.readings("v2")
    right, swapped = (made[READ_AS[letter]].sampling.offsets for letter in "bc")
    assert torch.equal(right.flip(-1), swapped)


def test_a_zero_start_is_the_plain_convolution() -> None:
    assert starts.start(True).error < 1e-5 and starts.start(True).length == 0
    assert starts.start(False).error > 0.1 and starts.start(False).length > 0.05


def test_the_task_is_solved_by_looking_two_down_and_three_right() -> None:
    noise, target = task()
    offset = torch.tensor([2.0, 3.0]).view(1, 2, 1, 1).expand(1, 2, *noise.shape[2:])
    moved = deform_conv2d(noise, offset, torch.ones(1, 1, 1, 1))
    torch.testing.assert_close(moved[..., :-2, :-3], target[..., :-2, :-3])


def test_the_hook_changes_nothing_and_the_group_a_tenth() -> None:
    full, hook, tenth = train(1.0), rates.asked(True), rates.asked(False)
    assert hook.losses == full.losses and hook.lengths == full.lengths
    assert tenth.first == pytest.approx(0.1 * full.first, rel=1e-5)
    assert tenth.losses[0] == full.losses[0]


def test_its_adam_is_that_of_torch() -> None:
    ends = []
    for make in (torch.optim.Adam, Adam):
        p = torch.nn.Parameter(torch.linspace(-1, 1, 5))
        optimizer = make([{"params": [p], "lr": 0.1}])
        for _ in range(4):
            p.grad = None
            (p**4 - p).sum().backward()
            optimizer.step()
        ends.append(p.detach())
    torch.testing.assert_close(*ends)


def test_exploding_offsets_are_seen_and_cost_something() -> None:
    wild, calm = exploding.health(True), exploding.health(False)
    assert wild.severity == "serious" and calm.severity == "good"
    assert exploding.ended(True).loss > train(0.0).loss > exploding.ended(False).loss
    assert exploding.ended(True).stuck > 5 * exploding.ended(False).stuck


def test_skipping_hands_offsets_to_other_taps() -> None:
    """By a loop over cells and taps, as a script would have it."""
    grid = regular(Geometry(3, padding=1), (4, 5), version="v2")
    chance = torch.Generator().manual_seed(0)
    sampling = replace(
        grid,
        offsets=torch.randn(grid.offsets.shape, generator=chance),
        mask=torch.rand(grid.mask.shape, generator=chance),
    )
    made = borders.skipped(sampling)
    for i in range(4):
        for j in range(5):
            turn = 0
            for k in range(9):
                y, x = i - 1 + k // 3, j - 1 + k % 3
                if not (0 <= y < 4 and 0 <= x < 5):
                    assert made.mask[0, 0, k, i, j] == 0
                    continue
                assert torch.equal(made.offsets[0, 0, k, i, j], sampling.offsets[0, 0, turn, i, j])
                assert made.mask[0, 0, k, i, j] == sampling.mask[0, 0, turn, i, j]
                turn += 1


def test_only_border_cells_show_it() -> None:
    assert borders.border(True).error > 0.05 and borders.border(True).inner < 1e-5
    assert borders.border(False).error < 1e-5 and len(borders.border(False).taps) == 9


def explicit(
    x: torch.Tensor, offset: torch.Tensor, weight: torch.Tensor, padding: int, stride: int
) -> torch.Tensor:
    """A layer by explicit sampling on the padded map, whose window begins at row and column 1 whatever the kernel."""
    size, padded = weight.shape[2], F.pad(x, (padding,) * 4)
    steps = torch.arange(size, dtype=x.dtype) - size // 2
    rows = 1 + stride * torch.arange(offset.shape[2], dtype=x.dtype)
    offsets = offsets_from_torchvision(offset, size**2)[0, 0]  # (K, H, W, 2)
    total = x.new_zeros(1, weight.shape[0], *offset.shape[2:])
    for k in range(size**2):
        y = rows[:, None] + steps[k // size] + offsets[k, ..., 0]
        x_ = rows[None, :] + steps[k % size] + offsets[k, ..., 1]
        limits = [(n - 1) / 2 for n in padded.shape[2:]]
        grid = torch.stack([x_ / limits[1] - 1, y / limits[0] - 1], dim=-1)[None]
        sampled = F.grid_sample(padded, grid, align_corners=True)
        total += F.conv2d(sampled, weight[:, :, k // size, k % size, None, None])
    return total


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 2), (5, 1), (7, 1), (5, 2)])
def test_a_window_that_begins_where_a_3x3_one_would(size: int, stride: int) -> None:
    chance, asked = torch.Generator().manual_seed(size), Geometry(size, stride, size // 2)
    x, weight = torch.randn(1, 2, 12, 12, generator=chance), torch.randn(3, 2, size, size, generator=chance)
    offset = torch.randn(1, 2 * size**2, *asked.output_size((12, 12)), generator=chance)
    ours = deform_conv2d(x, offset + article.shift(asked), weight, stride=stride, padding=size // 2)
    torch.testing.assert_close(ours, explicit(x, offset, weight, size // 2, stride), atol=1e-4, rtol=1e-4)


def test_what_the_articles_modules_make_of_it() -> None:
    made = {asked: tuple(article.outcome(m, asked).what for m in article.MODULES) for asked in article.ASKED}
    assert made == {
        "plain": ("right", "right"),
        "stride": ("size", "right"),
        "dilation": ("off", "unknown"),
        "five": ("fails", "off"),
        "valid": ("size", "size"),
    }
    assert article.first_offset("DCN") == 0 < article.first_offset("DeformConv2d")
    for lang in LANGUAGES:
        assert show.modules_table(lang).count("1.00") == 2  # of the full step, both
