"""The formulas of the chapters, with the toy's own numbers in them, each symbol in the colour of its mark.

Symbols: p a place (y, x), Δp an offset, v what a tap reads, w its weight, m its mask, y the output.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dcnviz.plots.colours import COLOURS
from dcnviz.ui.lesson.live import live
from dcnviz.ui.toy.state import Cell, Place, Toy

ENOUGH = 4.5
"""Contrast of text, as WCAG 2 asks for."""


@dataclass(frozen=True)
class Inks:
    r"""Colours for text: those of the marks, darkened or lightened until they read on the page.

    >>> Inks(dark=False).sample("v")
    '\\textcolor{#3b7ca1}{v}'
    """

    dark: bool

    def sample(self, text: str) -> str:
        """Of what a tap reads, and where."""
        return self._in("sample", text)

    def pinned(self, text: str) -> str:
        """Of the output cell."""
        return self._in("pinned", text)

    def mask(self, text: str) -> str:
        """Of masks."""
        return self._in("mask", text)

    def gradient(self, text: str) -> str:
        """Of gradients."""
        return self._in("gradient", text)

    def _in(self, name: str, text: str) -> str:
        return rf"\textcolor{{{readable(COLOURS[name].hex, self.dark)}}}{{{text}}}"


def readable(colour: str, dark: bool) -> str:
    """The colour, mixed with black (on a white page) or white (on a dark one) until it reads as text.

    >>> readable("#009E73", dark=False), readable("#009E73", dark=True)
    ('#008662', '#009e73')
    """
    parts = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    page, end = (0.011, 255) if dark else (1.0, 0)
    for step in range(101):
        mixed = [round(part + (end - part) * step / 100) for part in parts]
        bright, faint = sorted((_luminance(mixed), page), reverse=True)
        if (bright + 0.05) / (faint + 0.05) >= ENOUGH:
            break
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _luminance(parts: Sequence[int]) -> float:
    """Relative luminance of sRGB, as WCAG 2 defines it."""
    shares = [part / 255 for part in parts]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def corner(place: Place) -> Cell:
    """Upper left of the four pixels round a place.

    >>> corner((1.25, -0.5))
    (1, -1)
    """
    return math.floor(place[0]), math.floor(place[1])


def place_and_sum(toy: Toy, inks: Inks) -> list[str]:
    """Where the chosen tap of a plain kernel stands, and the sum of all."""
    if toy.output_size is None:
        return []
    now, k = live(toy), toy.chosen
    step = divmod(k, toy.size)
    where = (
        rf"{inks.sample(f'p_{{{k}}}')} = {toy.stride}\cdot{_pair(toy.cell, 'd')} - {toy.padding} + "
        rf"{toy.dilation}\cdot{_pair(step, 'd')} = {inks.sample(_pair(now.places[k], '.0f'))}"
    )
    terms = [
        rf"{weight:g}\cdot {inks.sample(f'{v:g}')}"
        for weight, v in zip(toy.weights, now.samples, strict=True)
    ]
    return [
        where,
        _sum(
            inks, terms if len(terms) <= 9 else [r"\textstyle\sum_k w_k\," + inks.sample("v_k")], now.output
        ),
    ]


def moved_place(toy: Toy, inks: Inks) -> list[str]:
    """Where the chosen tap of a deformable kernel stands, and what the output is."""
    now, k = live(toy), toy.chosen
    dy, dx = toy.own.offsets[k]
    y, x = now.places[k]
    base = (y - dy, x - dx)
    where = (
        rf"\begin{{aligned}} p_{{{k}}} + \Delta p_{{{k}}} &= {_pair(base, '.0f')} + {_pair((dy, dx), '+.2f')} \\ "
        rf"&= {inks.sample(_pair((y, x), '.2f'))} \end{{aligned}}"
    )
    read = inks.sample(r"v(p_k + \Delta p_k)")
    total = rf"{inks.pinned('y')} = \sum_k w_k\,{read} = {inks.pinned(f'{now.output:.2f}')}"
    return [where, total]


def bilinear(toy: Toy, inks: Inks) -> list[str]:
    """The four shares of the chosen tap, and what they make."""
    now, k = live(toy), toy.chosen
    fy, fx, corners = _cornered(toy, now.places[k])
    symbols = [r"(1-f_y)(1-f_x)\,a", r"(1-f_y)\,f_x\,b", r"f_y\,(1-f_x)\,c", r"f_y\,f_x\,d"]
    shares = [(1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx]
    v = inks.sample("v")
    numbers = [rf"{share:.3f}\cdot {value:g}" for share, value in zip(shares, corners, strict=True)]
    return [
        rf"\begin{{aligned}} {v} &= {symbols[0]} + {symbols[1]} \\ &+ {symbols[2]} + {symbols[3]} \end{{aligned}}",
        rf"\begin{{aligned}} {v} &= {numbers[0]} + {numbers[1]} \\ &+ {numbers[2]} + {numbers[3]} \\ "
        rf"&= {inks.sample(f'{now.samples[k]:.2f}')} \end{{aligned}}",
    ]


def slope(toy: Toy, inks: Inks) -> list[str]:
    """The gradient of the output with respect to the chosen tap's place."""
    now, k = live(toy), toy.chosen
    fy, fx, (a, b, c, d) = _cornered(toy, now.places[k])
    mask = 0 if k in toy.off else toy.own.masks[k]
    factor = rf"{toy.weights[k]:g}" + (rf"\cdot {inks.mask(f'{mask:g}')}" if mask != 1 else "")
    lines = []
    for axis, (share, left, right, pairs) in {
        "x": (fy, (a, b), (c, d), ("b-a", "d-c")),
        "y": (fx, (a, c), (b, d), ("c-a", "d-b")),
    }.items():
        other = "y" if axis == "x" else "x"
        formula = rf"w\,[(1-f_{other})({pairs[0]}) + f_{other}({pairs[1]})]"
        numbers = rf"{factor}\,[{1 - share:.2f}\,({left[1]:g}-{left[0]:g}) + {share:.2f}\,({right[1]:g}-{right[0]:g})]"
        value = inks.gradient(f"{now.arrows[k][0 if axis == 'y' else 1] + 0.0:.2f}")
        gradient = inks.gradient(rf"\frac{{\partial y}}{{\partial p_{axis}}}")
        lines.append(
            rf"\begin{{aligned}} {gradient} &= {formula} \\ &= {numbers} \\ &= {value} \end{{aligned}}"
        )
    return lines


def masked_sum(toy: Toy, inks: Inks) -> list[str]:
    """The output as the sum over taps of weight, mask and sample."""
    now = live(toy)
    masks = [0 if k in toy.off else mask for k, mask in enumerate(toy.own.masks)]
    numbers = zip(toy.weights, masks, now.samples, strict=True)
    terms = [rf"{w:g}\cdot {inks.mask(f'{m:g}')}\cdot {inks.sample(f'{v:g}')}" for w, m, v in numbers]
    whole = rf"{inks.pinned('y')} = \sum_k w_k\,{inks.mask('m_k')}\,{inks.sample('v_k')}"
    return [whole, _sum(inks, terms, now.output)]


def _cornered(toy: Toy, place: Place) -> tuple[float, float, list[float]]:
    """How far a place lies into its square, down and to the right, and the values of the four corners."""
    top, left = corner(place)
    rows, columns = toy.map_size
    values = [
        toy.grid[y][x] if 0 <= y < rows and 0 <= x < columns else 0.0
        for y in (top, top + 1)
        for x in (left, left + 1)
    ]
    return place[0] - top, place[1] - left, values


def _sum(inks: Inks, terms: Sequence[str], total: float) -> str:
    """Three terms a line."""
    lines = [" + ".join(terms[n : n + 3]) for n in range(0, len(terms), 3)]
    body = r" \\ &+ ".join(lines)
    return (
        rf"\begin{{aligned}} {inks.pinned('y')} &= {body} \\ &= {inks.pinned(f'{total:g}')} \end{{aligned}}"
    )


def _pair(numbers: tuple[float, float], form: str) -> str:
    y, x = numbers
    return rf"({y:{form}},\,{x:{form}})"
