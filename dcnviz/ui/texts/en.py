"""English."""

from dcnviz.ui.texts import compare, deeper, download, handout, learn, model, sheet, train, waiting
from dcnviz.ui.texts.schema import Texts

ENGLISH = Texts(
    language="English",
    pages={
        "explore": "Explore",
        "compare": "Compare",
        "model": "Your model",
        "learn": "Learn",
        "train": "Train",
    },
    title="Where does the network look?",
    lead=(
        "A small network was trained to tell six shapes apart. Its three middle layers are **deformable "
        "convolutions**: each output cell chooses where it samples the picture. Point anywhere to see its choice."
    ),
    lead_pinned={
        "conv": "From the pinned cell, **plain convolutions** look at a fixed grid, whatever is in the picture.",
        "v1": "From the pinned cell, **v1** moves every look by a learned offset: the points leave the grid.",
        "v2": "From the pinned cell, **v2** looks where its offsets point; bigger, stronger dots count more.",
        "v3": "From the pinned cell, **v3** looks differently in each group of channels; masks of a group sum to 1.",
        "v4": "From the pinned cell, **v4** looks as v3 does, but its masks are unbounded and may be negative.",
    },
    picture="Picture",
    picture_source="Where from",
    sources={"gallery": "Gallery", "upload": "Upload", "camera": "Camera"},
    upload_label="Your picture: PNG, JPEG, WebP, GIF or BMP, up to 10 MB",
    upload_help="It stays on this computer's server and is scaled to at most 512 pixels a side.",
    camera_label="Take a picture",
    own_picture="Your picture",
    own_picture_gone="The link shows a picture of somebody's own, which is not part of a link. Here is one of the gallery.",
    own_picture_alt="The picture you gave.",
    version="Operator",
    versions={"conv": "plain", "v1": "v1", "v2": "v2", "v3": "v3", "v4": "v4"},
    layer="Layer",
    layer_names={"0": "1", "1": "2", "2": "3", "stack": "all stacked"},
    group="Group",
    overlays="Show",
    overlay_names={
        "base": "regular grid",
        "lines": "offsets",
        "mask": "mask strength",
        "numbers": "tap numbers",
    },
    language_label="Language",
    waking="Starting the networks: this takes a few seconds, once.",
    looking="The network looks at the picture…",
    nothing_pinned=(
        "No cell is pinned. Click the picture, or go to it with Tab, move with the arrow keys and press Enter: "
        "the numbers behind every dot appear here."
    ),
    cell="Cell ({i}, {j}) of layer {layer}, at pixel ({y:.0f}, {x:.0f})",
    stack_reach=(
        "Through all layers this cell reaches **{points} points**, over {height:.0f} × {width:.0f} pixels. "
        "Below: the {taps} taps of the last layer, which the stack starts from."
    ),
    taps_title="Its taps",
    tap_columns=("tap", "base", "offset", "position", "mask", "contribution"),
    taps_note="(y, x) in cells of the layer's input map; one cell is {jump:.0f} picture pixels.",
    corners_title="The four corners of each sample, and their weights",
    corner_columns=("tap", "upper left", "upper right", "lower left", "lower right"),
    corners_note="(y, x): weight. A corner outside the map reads 0 and has weight 0.",
    channel="Output channel",
    strongest="strongest ({channel})",
    channel_help="A tap contributes to every output channel; the table shows one of them.",
    proof_title="Do they add up?",
    proof_sum="contributions + bias",
    proof_output="the operator's output",
    proof_difference="difference",
    proof_note="Largest difference over all {channels} channels of this cell: {error:.1e}",
    maps_title="The whole layer at a glance",
    maps_note="Layer {layer} of {version}, every cell.",
    maps={
        "arrows": "Mean displacement",
        "flow": "Mean displacement, as flow",
        "magnitude": "Offset magnitude",
        "dilation": "Effective dilation",
        "mask": "Mask",
    },
    map_help={
        "arrows": "Each arrow: the mean of a cell's offsets, drawn over the picture.",
        "flow": "The same for every cell: colour is direction, strength is length.",
        "magnitude": "Mean length of a cell's offsets, in picture pixels.",
        "dilation": "Mean distance between neighbouring taps, in cells: 1 is the regular grid.",
        "mask": "How strongly a tap counts.",
    },
    tap="Tap of the mask",
    all_taps="all",
    picture_errors={
        "empty": "The file is empty. Choose a picture.",
        "too_large": "The file is larger than 10 MB. Choose a smaller picture, or save it with stronger compression.",
        "not_a_picture": "This is not a picture that can be read. Choose a PNG, JPEG, WebP, GIF or BMP file.",
        "format": "Pictures of this kind are not read. Choose a PNG, JPEG, WebP, GIF or BMP file.",
        "too_many_pixels": "The picture has too many pixels: at most 40 million and 20,000 a side, 24 million for a progressive JPEG, 12 million for WebP. Scale it down first.",
        "too_small": "The picture is too small (at least 8 pixels a side). Choose a larger one.",
        "broken": "The picture is damaged or incomplete. Save it again, or choose another.",
    },
    failure="This could not be worked out: {reason}",
    busy="The computer is busy with what others asked for. Please try again in a minute.",
    explorer={
        "about": (
            "Explorer: arrow keys move the cell, Shift by five, Enter pins, Escape releases it; "
            "plus, minus and 0 zoom."
        ),
        "hint": "Point at the picture to see where the network looked from there. A click pins the cell.",
        "cell": "cell",
        "pixel": "pixel",
        "shift": "mean shift",
        "spread": "spread",
        "outside": "outside",
        "layers": "layers",
        "points": "points",
        "places": "different places",
        "reach": "reach",
        "pinned": "pinned",
        "released": "released",
        "zoom": "Zoom",
        "zoom_in": "Zoom in",
        "zoom_out": "Zoom out",
        "whole": "Whole picture",
        "close_up": "Close-up",
        "close_up_help": "All points of the pinned cell, as large as they fit; once more: the whole picture.",
        "zoom_help": (
            "Also: Ctrl or Cmd and wheel, two fingers, keys + - 0. "
            "Move: drag with the middle button or with Space held."
        ),
        "mark_hover": "cell under the pointer, its samples",
        "mark_pinned": "pinned cell, its samples",
        "mark_base": "base grid, undeformed",
        "mark_line": "offset",
        "mark_link": "cell to its first taps",
        "mark_ring": "first taps",
        "mark_mask": "mask strength, weak to strong",
        "mark_minus": "negative mask",
        "mark_outside": "outside the map: value 0",
    },
    compare=compare.ENGLISH,
    model=model.ENGLISH,
    deeper=deeper.ENGLISH,
    waiting=waiting.ENGLISH,
    download=download.ENGLISH,
    sheet=sheet.ENGLISH,
    handout=handout.ENGLISH,
    learn=learn.ENGLISH,
    train=train.ENGLISH,
)
