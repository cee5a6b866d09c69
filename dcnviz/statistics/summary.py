"""Entries to statistics: the sum in the order of the pictures' names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dcnviz.analysis.health import Health, offset_health
from dcnviz.analysis.tally import Tally, add_all
from dcnviz.statistics.measure import Entry

FORMAT = 1

Means = Mapping[str, tuple[int, float]]
"""Name of a class or size -> how many cells, and their mean effective dilation."""


@dataclass(frozen=True, eq=False)
class LayerSummary:
    """One layer over all pictures.

    Attributes:
        health: counts, findings, verdict.
        dilation: mean effective dilation over all cells, in cells of the input map.
        by_class: the same by class, for the classes that occur; empty without labels.
        by_size: the same by size of the object.
    """

    health: Health
    dilation: float
    by_class: Means
    by_size: Means


@dataclass(frozen=True, eq=False)
class Summary:
    """A folder.

    Attributes:
        pictures: how many were measured.
        skipped: those that could not be, with the reason.
        layers: by path, in the order in which they ran.
    """

    pictures: int
    skipped: tuple[tuple[str, str], ...]
    layers: Mapping[str, LayerSummary]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON. They hold nothing of when, where and in how many processes it ran."""
        return {
            "format": FORMAT,
            "pictures": self.pictures,
            "skipped": [{"name": name, "reason": reason} for name, reason in self.skipped],
            "layers": {name: _layer_dict(layer) for name, layer in self.layers.items()},
        }


def summarise(
    entries: Sequence[Entry], class_names: Sequence[str] = (), size_names: Sequence[str] = ()
) -> Summary:
    """Adds entries up, from the first to the last.

    Args:
        entries: from :func:`dcnviz.statistics.collect`, in the order of names.
        class_names: by class number; a class beyond them is called by its number.
        size_names: by number of the bin.

    Raises:
        ValueError: if no entry has numbers.
    """
    good = [entry for entry in entries if "error" not in entry]
    skipped = tuple((entry["name"], entry["error"]) for entry in entries if "error" in entry)
    if not good:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])
        raise ValueError(f"none of the pictures could be measured. {reasons}")
    layers = {}
    for name in good[0]["layers"]:
        parts = [entry["layers"][name] for entry in good]
        cells, total = _add(part["dilation"] for part in parts)
        layers[name] = LayerSummary(
            offset_health(add_all([Tally.from_dict(part["tally"]) for part in parts])),
            total / cells,
            _means(parts, "class", class_names),
            _means(parts, "size", size_names),
        )
    return Summary(len(good), skipped, layers)


def _means(parts: Sequence[Mapping[str, Any]], kind: str, names: Sequence[str]) -> Means:
    numbers = sorted({int(number) for part in parts for number in part.get(kind, {})})
    found: dict[str, tuple[int, float]] = {}
    for number in numbers:
        there = [part[kind][str(number)] for part in parts if str(number) in part.get(kind, {})]
        cells, total = _add(there)
        name = names[number] if number < len(names) else str(number)
        found[f"{name} ({number})" if name in found else name] = (cells, total / cells)
    return found


def _add(pairs: Any) -> tuple[int, float]:
    """Sums of (how many, sum), in order."""
    cells, total = 0, 0.0
    for count, part in pairs:
        cells, total = cells + int(count), total + part
    return cells, total


def _layer_dict(layer: LayerSummary) -> dict[str, Any]:
    health = layer.health
    means = {
        kind: {name: {"cells": n, "effective_dilation": mean} for name, (n, mean) in values.items()}
        for kind, values in (("by_class", layer.by_class), ("by_size", layer.by_size))
    }
    return {
        "verdict": health.verdict,
        "severity": health.severity,
        "findings": [
            {"code": f.code, "severity": f.severity, "numbers": dict(f.numbers)} for f in health.findings
        ],
        "mean_offset": health.mean_length,
        "shares": health.shares,
        "effective_dilation": layer.dilation,
        **means,
        "counts": health.tally.to_dict(),
    }
