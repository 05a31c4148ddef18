"""The files of the tree."""
import subprocess


def tracked(root):
    """Paths below `root` that git tracks; without git (a release archive) all that no build wrote."""
    listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [name for name in listed.stdout.splitlines() if (root / name).exists()]
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and "build" not in path.relative_to(root).parts]
