"""Reads the reference cases of tests/golden: one value a case, tensors in the type of the computation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

FOLDER = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Case:
    """One reference case: its parameters, its arrays, and how near a result must come."""

    id: str
    params: dict[str, Any]
    arrays: dict[str, Tensor]
    tolerance: dict[str, Any]
    dtype: torch.dtype

    def get(self, name: str) -> Tensor | None:
        """An input array in the type of the computation, or None where the case has none."""
        array = self.arrays.get(name)
        return None if array is None else array.to(self.dtype, copy=True)  # the archive is shared by tests

    def need(self, name: str) -> Tensor:
        """The same, for an array that must be there."""
        return self.arrays[name].to(self.dtype, copy=True)

    def state(self) -> dict[str, Tensor]:
        """The state dict of a module case."""
        return {k[3:]: v.to(self.dtype) for k, v in self.arrays.items() if k.startswith("sd.")}

    def assert_close(self, name: str, actual: Tensor, keep: Tensor | None = None) -> None:
        """Compares with the reference array of that name, where ``keep`` is true."""
        wanted = self.tolerance
        if "atol" not in wanted:
            wanted = (
                wanted.get(name)
                or wanted.get("grad_*" if name.startswith("grad_") else "out")
                or wanted["out"]
            )
        expected = self.arrays[name].to(torch.float64)
        actual = actual.detach().to(torch.float64)
        assert actual.shape == expected.shape, f"{self.id} {name}"
        if keep is not None:
            actual, expected = actual[keep], expected[keep]
        torch.testing.assert_close(
            actual, expected, atol=wanted["atol"], rtol=wanted["rtol"], msg=lambda m: f"{self.id} {name}: {m}"
        )


@cache
def manifest() -> dict[str, str]:
    """Case id to category."""
    return {c["id"]: c["category"] for c in json.loads((FOLDER / "manifest.json").read_text())["cases"]}


def ids(category: str) -> list[str]:
    """The cases of one category."""
    return [name for name, kind in manifest().items() if kind == category]


@cache
def load(name: str) -> Case:
    """Reads one case."""
    about = json.loads((FOLDER / f"{name}.json").read_text())
    with np.load(FOLDER / f"{name}.npz") as archive:
        arrays = {key: torch.from_numpy(archive[key]) for key in archive.files}
    return Case(name, about["params"], arrays, about["tolerance"], getattr(torch, about["compute_dtype"]))
