"""The table beside the checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dcnviz.training import SIZE_NAMES
from dcnviz.training.table import write_table


def training(folder: Path, name: str, **changes: Any) -> None:
    about: dict[str, Any] = {
        "version": "v2",
        "steps_taken": 4000,
        "batch": 16,
        "lr": 0.002,
        "predictor_factor": 0.5,
        "seed": 0,
        "parameters": 61234,
        "minutes": 12.3,
        "mean_iou": 0.9012,
        "foreground_accuracy": 0.9456,
        "effective_dilation": {"blocks.0.layer": [1.0, 2.0, 3.0, 4.0, 5.0]},
    }
    (folder / f"{name}.json").write_text(json.dumps(about | changes))
    (folder / f"{name}.safetensors").touch()


def rows(file: Path) -> list[list[str]]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def test_each_training_has_its_rows(tmp_path: Path) -> None:
    training(tmp_path, "v2")
    training(tmp_path, "conv", effective_dilation={})
    file = write_table(tmp_path)
    table = rows(file)
    assert file.name == "README.md"
    assert ["conv", "4000", "16", "0.002", "0.5", "0", "61,234", "12.3", "0.901", "0.946"] in table
    assert ["run", "layer", *SIZE_NAMES] in table
    assert table[-1] == ["v2", "1", "1.00", "2.00", "3.00", "4.00", "5.00"]


def test_what_could_not_be_measured_is_a_dash(tmp_path: Path) -> None:
    training(tmp_path, "v1", mean_iou=None, effective_dilation={"a": [1.0, None, 1.5, 2.0, 2.5]})
    table = rows(write_table(tmp_path))
    assert table[-1] == ["v1", "1", "1.00", "-", "1.50", "2.00", "2.50"] and table[2][-2] == "-"


def test_it_is_written_again_but_over_no_other_readme(tmp_path: Path) -> None:
    training(tmp_path, "v2")
    write_table(tmp_path)
    training(tmp_path, "v3")
    assert len(rows(write_table(tmp_path))) == 8
    (tmp_path / "README.md").write_text("# Mine\n")
    assert write_table(tmp_path).name == "networks.md"
    assert (tmp_path / "README.md").read_text() == "# Mine\n"


def test_other_json_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("[1, 2]")
    assert len(rows(write_table(tmp_path))) == 4
