#!/usr/bin/env python3
"""Compiles every C++ snippet of the documents that is a whole plugin, as C++17: snippets.py ROOT COMPILER"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[1])
SNIPPET = re.compile(r"^```cpp\n(.*?)^```", re.MULTILINE | re.DOTALL)


def main():
    failed = compiled = 0
    with tempfile.TemporaryDirectory() as directory:
        for page in [ROOT / "README.md", *sorted((ROOT / "sdk").rglob("*.md")), *sorted((ROOT / "plugins").rglob("*.md"))]:
            for code in SNIPPET.findall(page.read_text()):
                if "BERTH_PLUGIN(" not in code:
                    continue
                source = pathlib.Path(directory, "snippet.cpp")
                source.write_text(code)
                done = subprocess.run([sys.argv[2], "-std=c++17", "-shared", "-fPIC", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                                       f"-I{ROOT}/sdk/include", source, "-o", f"{directory}/snippet.so"], capture_output=True, text=True)
                compiled += 1
                if done.returncode != 0:
                    failed += 1
                    print(f"a snippet of {page.relative_to(ROOT)} does not compile:\n{done.stderr}")
    print(f"{compiled} snippets compiled, {failed} failed")
    return 1 if failed or compiled == 0 else 0


sys.exit(main())
