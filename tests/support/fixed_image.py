#!/usr/bin/env python3
"""Writes an OCI layout whose bytes are the same on every machine, for the transcripts in pages: fixed_image.py DIR TAG"""
import hashlib
import io
import json
import pathlib
import struct
import sys
import tarfile
import zlib

LAYER_BYTES = 1 << 20


def fixed_bytes(size):
    """Incompressible bytes that do not depend on a library's version."""
    blocks = (hashlib.sha256(str(number).encode()).digest() for number in range(size // 32))
    return b"".join(blocks)


def gzipped(data):
    """Stored blocks of one gzip member (RFC 1951 3.2.4, RFC 1952): zlib's output depends on its version, even at level 0."""
    blocks = [data[at:at + 0xffff] for at in range(0, len(data), 0xffff)]
    stored = b"".join(struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xffff) + block for block in blocks)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stored + struct.pack("<II", zlib.crc32(data), len(data))


def layer():
    """Uncompressed and compressed bytes."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        entry = tarfile.TarInfo("app")
        entry.size, entry.mode = LAYER_BYTES, 0o755
        archive.addfile(entry, io.BytesIO(fixed_bytes(LAYER_BYTES)))
    return tar.getvalue(), gzipped(tar.getvalue())


def main():
    directory, tag = pathlib.Path(sys.argv[1]), sys.argv[2]
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def add(media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{media_type}", "digest": f"sha256:{digest}", "size": len(data)}

    uncompressed, compressed = layer()
    config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/app"]},
              "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(uncompressed).hexdigest()}"]}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": add("config.v1+json", json.dumps(config).encode()), "layers": [add("layer.v1.tar+gzip", compressed)]}
    entry = add("manifest.v1+json", json.dumps(manifest).encode())
    entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
    (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


main()
