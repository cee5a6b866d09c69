"""What the table of live trainings says of them."""

from __future__ import annotations

import torch

from dcnviz.bench.live import HEAD, Look, Outcome, live_outcomes, live_rows
from dcnviz.training import LiveRecipe


def outcome(seed: int, *law: bool) -> Outcome:
    looks = [Look(10 * n, n / 2, float(n), held, n / 10) for n, held in enumerate(law, start=1)]
    return Outcome(seed, tuple(looks))


def test_the_law_counts_from_when_it_stays() -> None:
    assert outcome(0, False, True, False, True).law == Look(40, 2.0, 4.0, True, 0.4)
    assert outcome(0, True, True).law == Look(10, 0.5, 1.0, True, 0.1)
    assert outcome(0, True, False).law is None


def test_rows_and_medians() -> None:
    rows = live_rows([outcome(0, True, True), outcome(1, False, True), outcome(2, True, False)])
    assert all(len(row) == len(HEAD) for row in rows)
    assert rows[0] == ("0", "0.5 s", "1.0 s", "10", "0.100", "0.200", "20", "20.0", "10.0")
    assert rows[2][1:4] == ("never", "never", "never")
    assert rows[3][:4] == ("median", "1.0 s", "2.0 s", "20")  # of early, late and never


def test_each_seed_is_trained_to_the_end_and_looked_at() -> None:
    before, told = torch.get_num_threads(), list[tuple[int, float]]()
    recipe = LiveRecipe("conv", seconds=None, steps=4, frames=1)
    found = list(live_outcomes(recipe, [3, 4], 1, lambda *now: told.append(now), looks=2, scenes=2))
    assert [(o.seed, [look.step for look in o.looks]) for o in found] == [(3, [2, 4]), (4, [2, 4])]
    assert [seed for seed, _ in told] == [3] * 4 + [4] * 4 and told[3][1] == 1
    assert found[0].half.step == 2 and found[0].looks[-1].wall > 0
    assert torch.get_num_threads() == before
