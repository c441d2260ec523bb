"""Writes an avatar: a safetensors file that holds a PNG picture and the avatar's description."""

import hashlib
import io
import json
import struct

from PIL import Image


def png_bytes(picture):
    """(height, width, 3) uint8 to the bytes of an 8-bit RGB PNG without any metadata."""
    memory = io.BytesIO()
    Image.fromarray(picture, "RGB").save(memory, format="PNG", optimize=True)
    return memory.getvalue()


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def write_avatar(path, picture, description):
    """Header length (8 bytes, little endian), JSON header padded to 8 bytes, the PNG's bytes."""
    png = png_bytes(picture)
    header = {
        "__metadata__": {"avatar": json.dumps(description, ensure_ascii=True)},
        "texture.png": {"dtype": "U8", "shape": [len(png)], "data_offsets": [0, len(png)]},
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + png)
    return len(png)
