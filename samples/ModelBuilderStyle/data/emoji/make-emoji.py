#!/usr/bin/env python3
"""Makes emoji.zip: emoji of two vendors, 64×64 pixels on white, as PART/CLASS/NAME-VENDOR.webp (lossless).

Usage: make-emoji.py FOLDER
FOLDER holds three unpacked npm packages of version 16.0.0: emoji-datasource (its emoji.json), emoji-datasource-google and
emoji-datasource-twitter (their img folders), as `npm pack` and `tar xf` leave them, in folders of these names. Needs Pillow.

Left out: skin tones, men's and women's variants of a person, families, clocks, maps and flags that are no country's. Both vendors' pictures
of an emoji are in the same part, or a test image would have a near twin among the training images.
"""
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

from PIL import Image

VENDORS = ("google", "twitter")
PER_CLASS = 90  # emoji of a class, the first by hash
CLASSES = {
    "animal": ["animal-amphibian", "animal-bird", "animal-bug", "animal-mammal", "animal-marine", "animal-reptile"],
    "building": ["place-building", "place-religious"],
    "clothing": ["clothing"],
    "face": ["face-smiling", "face-affection", "face-tongue", "face-hand", "face-neutral-skeptical", "face-sleepy", "face-unwell",
             "face-hat", "face-glasses", "face-concerned", "face-negative", "cat-face"],
    "flag": ["country-flag"],
    "food": ["food-asian", "food-fruit", "food-prepared", "food-sweet", "food-vegetable"],
    "hand": ["hand-fingers-closed", "hand-fingers-open", "hand-fingers-partial", "hand-prop", "hand-single-finger", "hands"],
    "office": ["book-paper", "writing", "office", "mail"],
    "person": ["person", "person-activity", "person-fantasy", "person-gesture", "person-role", "person-sport", "person-resting"],
    "plant": ["plant-flower", "plant-other"],
    "sport": ["sport", "game", "musical-instrument"],
    "vehicle": ["transport-ground", "transport-air", "transport-water"],
}
CLASS_OF = {group: name for name, groups in CLASSES.items() for group in groups}


def wanted(emoji: dict) -> bool:
    variant = any(code in emoji["unified"] for code in ("2640", "2642", "200D"))
    return (emoji["subcategory"] in CLASS_OF
            and not (emoji["subcategory"].startswith("person") and variant)
            and all(emoji[f"has_img_{vendor}"] for vendor in VENDORS))


def on_white(path: Path) -> bytes:
    image = Image.open(path).convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    data = io.BytesIO()
    paper.convert("RGB").save(data, "WEBP", lossless=True, quality=100, method=6)
    return data.getvalue()


source = Path(sys.argv[1])
chosen: dict[str, list[dict]] = {}
for emoji in json.loads((source / "emoji-datasource/package/emoji.json").read_text()):
    if wanted(emoji):
        chosen.setdefault(CLASS_OF[emoji["subcategory"]], []).append(emoji)
files = {}
for name, emojis in chosen.items():
    emojis.sort(key=lambda emoji: hashlib.sha256(emoji["unified"].encode()).hexdigest())
    for i, emoji in enumerate(emojis[:PER_CLASS]):
        part = "test" if i % 10 in (0, 3, 6) else "train"
        for vendor in VENDORS:
            image = source / f"emoji-datasource-{vendor}/package/img/{vendor}/64" / emoji["image"]
            files[f"{part}/{name}/{emoji['short_name'].replace('/', '_')}-{vendor}.webp"] = on_white(image)
with zipfile.ZipFile(Path(__file__).parent / "emoji.zip", "w", zipfile.ZIP_STORED) as archive:
    for name in sorted(files):
        archive.writestr(zipfile.ZipInfo(name), files[name])
