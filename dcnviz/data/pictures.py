"""The bundled pictures: eight photographs and four made scenes.

Who took each photograph, and why it may be used, is written in `assets/images/LICENSES.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from dcnviz.data.assets import asset


@dataclass(frozen=True)
class Picture:
    """One picture of the gallery.

    Attributes:
        id: stable name, used in links and file names.
        file: path below `assets/`.
        kind: "photograph", or "scene" for a made scene.
        title_en: short English title.
        title_zh: short Chinese title.
        alt_en: one English sentence that says what is to be seen.
        alt_zh: the same in Chinese.
        pin: (y, x) in picture pixels of a point on an object worth looking at first.
        in_textures: whether crops of it are among the textures of the made scenes. Networks trained on those
            scenes have never seen any part of a photograph for which this is False.
    """

    id: str
    file: str
    kind: Literal["photograph", "scene"]
    title_en: str
    title_zh: str
    alt_en: str
    alt_zh: str
    pin: tuple[int, int]
    in_textures: bool


def _photograph(
    name: str, titles: tuple[str, str], alts: tuple[str, str], pin: tuple[int, int], in_textures: bool = True
) -> Picture:
    return Picture(name, f"images/{name}.webp", "photograph", *titles, *alts, pin, in_textures)


def _scene(number: int, alts: tuple[str, str], pin: tuple[int, int]) -> Picture:
    name, titles = f"scene-{number}", (f"Made scene {number}", f"合成场景 {number}")
    return Picture(name, f"images/{name}.png", "scene", *titles, *alts, pin, False)


_GALLERY = (
    _photograph(
        "astronaut",
        ("Astronaut", "宇航员"),
        (
            "Portrait of a smiling astronaut in an orange suit, with a helmet before her and a model of the "
            "Space Shuttle behind her.",
            "身穿橙色航天服、面带微笑的宇航员肖像，身前放着头盔，身后有一架航天飞机模型。",
        ),
        (120, 226),
        in_textures=False,
    ),
    _photograph(
        "coffee",
        ("Coffee", "咖啡"),
        (
            "A cup of espresso with a spoon on a red saucer, on a wooden table.",
            "木桌上的红色托盘里放着一杯浓缩咖啡和一把小勺。",
        ),
        (125, 242),
        in_textures=False,
    ),
    _photograph(
        "cat",
        ("Cat", "猫"),
        ("The face of a ginger tabby cat, seen from close by.", "一只橘色虎斑猫的面部特写。"),
        (115, 165),
    ),
    _photograph(
        "dandelions",
        ("Dandelions", "蒲公英"),
        (
            "Dandelion clocks in a meadow at sunset, one large in front and many small ones behind.",
            "夕阳下草地上的蒲公英绒球，前面一个大的，后面许多小的。",
        ),
        (95, 153),
    ),
    _photograph(
        "moose",
        ("Moose", "驼鹿"),
        (
            "A bull moose with wide antlers lies in low shrubs before a green forest.",
            "一头长着宽大鹿角的雄驼鹿卧在灌木丛中，背后是绿色森林。",
        ),
        (190, 252),
    ),
    _photograph(
        "photographer",
        ("Photographer", "摄影者"),
        (
            "A man in a dark coat looks through a camera on a tripod on a lawn, in black and white.",
            "黑白照片：一名穿深色大衣的男子在草坪上透过三脚架上的相机观看。",
        ),
        (150, 232),
    ),
    _photograph(
        "aeroplane",
        ("Aeroplane", "飞机"),
        (
            "An early aeroplane with roundels on its wings, seen from above over fields and clouds, in black "
            "and white.",
            "黑白照片：从上方俯瞰一架机翼带有圆形标志的早期飞机，下方是田野和云。",
        ),
        (122, 128),
    ),
    _photograph(
        "running-cat",
        ("Running cat", "奔跑的猫"),
        (
            "Sixteen small photographs of one running cat, in four rows, in black and white.",
            "黑白照片：同一只奔跑的猫的十六张小照片，排成四行。",
        ),
        (146, 322),
        in_textures=False,
    ),
    _scene(
        1,
        (
            "A large dark square, a star, a ring, a triangle, a small cross and a small square on a finely "
            "striped green ground.",
            "细条纹绿色背景上有一个大的深色方块、一颗星、一个圆环、一个三角形、一个小十字和一个小方块。",
        ),
        (157, 111),
    ),
    _scene(
        2,
        (
            "A triangle upon a speckled disc, a blue disc, a square and two stars on a pale green ground.",
            "浅绿色背景上有一个叠在斑点圆盘上的三角形、一个蓝色圆盘、一个方块和两颗星。",
        ),
        (160, 130),
    ),
    _scene(
        3,
        (
            "Two rings, a triangle and a small cross over the photograph of a moose.",
            "驼鹿照片上叠着两个圆环、一个三角形和一个小十字。",
        ),
        (150, 120),
    ),
    _scene(
        4,
        (
            "A star, two crosses, a square and two rings on brown stripes.",
            "棕色条纹背景上有一颗星、两个十字、一个方块和两个圆环。",
        ),
        (43, 55),
    ),
)


def gallery() -> tuple[Picture, ...]:
    """All bundled pictures in the order in which they are shown, photographs first.

    Example:
        >>> [picture.id for picture in gallery()][:2]
        ['astronaut', 'coffee']
    """
    return _GALLERY


def load_picture(id: str) -> npt.NDArray[np.uint8]:
    """Read a bundled picture.

    Args:
        id: one of the ids in :func:`gallery`.

    Returns:
        (H, W, 3) uint8 RGB, a fresh array.

    Raises:
        ValueError: no picture has this id.

    Example:
        >>> load_picture("astronaut").shape
        (512, 512, 3)
    """
    for picture in _GALLERY:
        if picture.id == id:
            with Image.open(asset(picture.file)) as image:
                return np.array(image.convert("RGB"))
    raise ValueError(f"no bundled picture is called {id!r}; there are {', '.join(p.id for p in _GALLERY)}")
