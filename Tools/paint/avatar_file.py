"""Writes an avatar: a safetensors file that holds a texture and the avatar's description."""

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
    """Header length (8 bytes, little endian), JSON header, the texels at a multiple of 64 bytes.

    Texels are stored as they are, (height, width, 3): a PNG of a sixth of the size takes half of the
    program's start to decode.
    """
    texels = picture.tobytes()
    header = {
        "__metadata__": {"avatar": json.dumps(description, ensure_ascii=True)},
        "texture": {
            "dtype": "U8", "shape": list(picture.shape), "data_offsets": [0, len(texels)]},
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + texels)
    return len(texels)
