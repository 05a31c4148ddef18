"""Creates the images of the benchmark: layers of files of this machine, and small random ones."""
import concurrent.futures
import dataclasses
import hashlib
import io
import json
import multiprocessing
import os
import pathlib
import tarfile
import zlib

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
BLOCK = 1 << 20


@dataclasses.dataclass(frozen=True)
class Source:
    """An image to push. `kind`: archive, layout, daemon or registry; `place`: file, directory, or reference."""
    kind: str
    place: str
    layers: int = 0
    tag: str = "1"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_of_file(path):
    with open(path, "rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def real_files(size):
    """Files of this machine with `size` bytes in all, the same ones each time. None is so large that one layer would
    have most of the bytes."""
    total = 0
    for directory, subdirectories, names in os.walk("/usr"):
        subdirectories.sort()
        for name in sorted(names):
            path = os.path.join(directory, name)
            if not os.path.isfile(path) or os.path.islink(path) or not os.access(path, os.R_OK):
                continue
            length = os.path.getsize(path)
            if length <= size // 20:
                total += length
                yield path
            if total >= size:
                return


def add_bytes(tar, name, data):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


def write_layers(directory, files, count):
    """`count` uncompressed layers that share the files; returns their paths."""
    layers = []
    for index in range(count):
        layers.append(directory / f"layer{index}.tar")
        with tarfile.open(layers[-1], "w") as tar:
            for path in files[index::count]:
                tar.add(path, recursive=False)
    return layers


def config_of(diff_ids):
    return json.dumps({"architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "amd64"),
                       "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()


def write_archive(file, layers):
    """A docker archive of uncompressed layers, as `docker save` writes it."""
    diff_ids = [digest_of_file(layer) for layer in layers]
    config = config_of(diff_ids)
    name = digest_of(config)[7:] + ".json"
    members = [diff_id[7:] + "/layer.tar" for diff_id in diff_ids]
    manifest = [{"Config": name, "RepoTags": ["bench:1"], "Layers": members}]
    with tarfile.open(file, "w") as archive:
        add_bytes(archive, name, config)
        for layer, member in zip(layers, members):
            archive.add(layer, member)
        add_bytes(archive, "manifest.json", json.dumps(manifest).encode())
    return Source("archive", str(file), len(layers))


def write_large_layer(file, gibibytes):
    """A docker archive with one layer of zeros, which takes no room in the file."""
    size = gibibytes << 30
    digest = hashlib.sha256()
    zeros = bytes(BLOCK)
    for _ in range(size // BLOCK):
        digest.update(zeros)
    diff_id = "sha256:" + digest.hexdigest()
    entry = tarfile.TarInfo("layer.tar")
    entry.size = size
    manifest = [{"Config": "config.json", "RepoTags": ["bench:1"], "Layers": ["layer.tar"]}]
    with open(file, "wb") as archive:
        archive.write(entry.tobuf(tarfile.GNU_FORMAT))
        archive.seek(size, os.SEEK_CUR)
        with tarfile.open(fileobj=archive, mode="w") as rest:
            add_bytes(rest, "config.json", config_of([diff_id]))
            add_bytes(rest, "manifest.json", json.dumps(manifest).encode())
    return Source("archive", str(file), 1)


def compress(layer):
    """Gzips a layer with zlib, as no program under test does; returns the path of the result."""
    packed = layer.with_suffix(".gz")
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    with open(layer, "rb") as source, open(packed, "wb") as target:
        while data := source.read(BLOCK):
            target.write(packer.compress(data))
        target.write(packer.flush())
    return packed


def add_blob(blobs, path, media_type):
    digest, size = digest_of_file(path), path.stat().st_size
    path.rename(blobs / digest[7:])
    return {"mediaType": media_type, "digest": digest, "size": size}


def add_document(blobs, data, media_type):
    path = blobs / "document"
    path.write_bytes(data)
    return add_blob(blobs, path, media_type)


def write_layout(directory, layers, pool):
    """An OCI layout of gzipped layers."""
    blobs = directory / "blobs/sha256"
    blobs.mkdir(parents=True)
    config = config_of([digest_of_file(layer) for layer in layers])
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": add_document(blobs, config, CONFIG),
                "layers": [add_blob(blobs, packed, LAYER) for packed in pool.map(compress, layers)]}
    entry = add_document(blobs, json.dumps(manifest).encode(), MANIFEST)
    entry["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return Source("layout", str(directory), len(layers))


def change_layer(layer):
    """A layer with one more file."""
    with tarfile.open(layer, "a") as tar:
        add_bytes(tar, "changed", b"a new file")


def write_small_layers(directory):
    layers = []
    for index in range(20):
        layers.append(directory / f"small{index}.tar")
        with tarfile.open(layers[-1], "w") as tar:
            add_bytes(tar, f"file{index}", os.urandom(64 << 10))
    return layers


def create_images(work, mebibytes):
    """Writes all images below `work`; returns the sources by name, and the bytes of the large image."""
    temporary = work / "layers"
    temporary.mkdir()
    # zlib releases the interpreter's lock.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        files = list(real_files(mebibytes << 20))
        layers = write_layers(temporary, files, 5)
        size = sum(layer.stat().st_size for layer in layers)
        sources = {"large": write_archive(work / "large.tar", layers),
                   "layout": write_layout(work / "layout", layers, pool)}
        change_layer(layers[-1])
        sources["changed"] = write_archive(work / "changed.tar", layers)
        sources["quarter"] = write_archive(work / "quarter.tar", write_layers(temporary, files[::4], 5))
        sources["small"] = write_layout(work / "small", write_small_layers(temporary), pool)
    return sources, size


def in_child(function, *arguments):
    """The result of a function that runs in a process of its own, so that its memory is not this process's."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=lambda: sender.send(function(*arguments)))
    child.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        raise SystemExit("the images could not be created") from None
    finally:
        child.join()
