"""The words of what every page has for those who hand it out, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class HandoutTexts:
    """The texts of one language.

    Attributes:
        link: of the button that copies the address, by the names that its script uses.
        no_picture, no_file: what a link cannot carry.
        parts: names of what can be hidden, by the name in an address.
    """

    link: Mapping[str, str]
    no_picture: str
    no_file: str
    present: str
    projector: str
    projector_help: str
    hide: str
    hide_help: str
    parts: Mapping[str, str]


ENGLISH = HandoutTexts(
    link={
        "copy": "Copy link to this view",
        "copied": "Link copied.",
        "refused": "The browser did not allow copying. The link is selected here: press Ctrl+C (or Cmd+C).",
        "field": "Link to this view",
    },
    no_picture="Your own picture is not part of it: others will see one of the gallery.",
    no_file="Your own file is not part of it: others have to open it themselves.",
    present="Present",
    projector="Projector",
    projector_help="Large text, thick lines, high contrast.",
    hide="Leave out",
    hide_help=(
        "For a link to hand out: what is marked here is left out of every page, for you and for whoever opens the "
        "link. In the address it is `hide=` and a list, as in `?hide=controls,navigation`; `hide=link` takes away this "
        "button too. What is hidden is out of the way, not locked."
    ),
    parts={
        "navigation": "navigation",
        "language": "language",
        "controls": "controls",
        "panel": "numbers beside the picture",
        "deeper": "deeper looks",
        "maps": "maps of the layer",
        "downloads": "downloads",
        "tour": "tour",
        "chapters": "list of chapters",
        "link": "link and presentation",
    },
)

CHINESE = HandoutTexts(
    link={
        "copy": "复制当前视图的链接",
        "copied": "链接已复制。",
        "refused": "浏览器不允许复制。链接已在这里选中：请按 Ctrl+C（或 Cmd+C）。",
        "field": "当前视图的链接",
    },
    no_picture="链接不包含你自己的图片：别人会看到图库中的一张。",
    no_file="链接不包含你自己的文件：别人需要自己打开。",
    present="演示",
    projector="投影模式",
    projector_help="大号文字、粗线条、高对比度。",
    hide="隐藏",
    hide_help=(
        "用于分发链接：这里选中的部分在每个页面上都不显示，对你和打开链接的人都一样。在地址中写作 `hide=` 加上列表，例如 "
        "`?hide=controls,navigation`；`hide=link` 连这个按钮也隐藏。隐藏只是不显示，并不是上锁。"
    ),
    parts={
        "navigation": "导航",
        "language": "语言",
        "controls": "控件",
        "panel": "图片旁的数字",
        "deeper": "进一步分析",
        "maps": "整层图",
        "downloads": "下载",
        "tour": "导览",
        "chapters": "章节列表",
        "link": "链接与演示",
    },
)
