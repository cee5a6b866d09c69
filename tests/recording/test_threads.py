"""Two threads look at one network: when one ends first, the other is not disturbed."""

from __future__ import annotations

import threading

import torch
from torch import nn

from dcnviz.recording import record


def test_a_block_that_ends_in_the_middle_of_anothers_run() -> None:
    model = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1))
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with record(model, plain=True):
            entered.set()
            leave.wait(90)

    def end_it(*_: object) -> None:
        leave.set()
        thread.join(20)

    model[0].register_forward_hook(end_it)  # before the other's: torch then calls a hook that is gone
    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(90)
    with record(model, plain=True) as recording:
        model(torch.rand(1, 3, 8, 8))
    assert not thread.is_alive() and list(recording) == ["0"]
