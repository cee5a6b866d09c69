"""That the pace of training is measured on the same steps with both backends."""

import torch

from dcnviz.bench.run import Budget
from dcnviz.bench.training import Pace, pace_rows, training_pace, use_backend
from dcnviz.models.network import Network
from dcnviz.ops import observe


def test_use_backend_reaches_every_deformable_layer() -> None:
    for version in ("v1", "v2", "v3", "v4"):
        network = Network(version).eval()
        use_backend(network, "torchvision")
        seen: list[str] = []
        with observe.observing(lambda call, seen=seen: seen.append(call.backend)), torch.no_grad():
            network(torch.rand(1, 3, 16, 16))
        assert seen == ["torchvision"] * 3


def test_a_ratio_is_of_the_same_version() -> None:
    rows = pace_rows([Pace("conv", "-", 0.02), Pace("v2", "torchvision", 0.4), Pace("v2", "auto", 0.05)])
    assert [row[-1] for row in rows] == ["", "1.0", "8.0"]
    assert rows[2][2:4] == ("50.0 ms", "20.0")


def test_threads_are_put_back() -> None:
    before = torch.get_num_threads()
    assert len(list(training_pace(["conv"], 1, Budget(1, 1, 0.0), batch=1))) == 1
    assert torch.get_num_threads() == before
