#!/usr/bin/env python3
"""The packages and the tarball as files: fields, contents, owners, times, lintian."""
import json
import re
import tarfile
import unittest

import packages
from packages import BUILD, package, run

VERSION = re.search(r"project\(berth VERSION ([\d.]+)", (packages.SOURCE / "CMakeLists.txt").read_text())[1]
BERTH, SDK, TARBALL = package("berth_*.deb"), package("berth-sdk_*.deb"), package("berth-*.tar.xz")


def field(file, name):
    return run("dpkg-deb", "--field", file, name, check=True).stdout.strip()


def members(file):
    """{path: tarfile.TarInfo} of the files that a package installs."""
    with packages.temporary_directory() as directory:
        (directory / "data.tar").write_bytes(
                run("dpkg-deb", "--fsys-tarfile", file, check=True, text=False).stdout)
        with tarfile.open(directory / "data.tar") as archive:
            return {member.name.removeprefix("./"): member for member in archive.getmembers()}


class Fields(unittest.TestCase):
    def test_names_and_versions(self):
        self.assertEqual(BERTH.name, f"berth_{VERSION}-1_{run('dpkg', '--print-architecture').stdout.strip()}.deb")
        self.assertEqual(SDK.name, f"berth-sdk_{VERSION}-1_all.deb")
        self.assertTrue(TARBALL.name.startswith(f"berth-{VERSION}-linux-"), TARBALL.name)
        printed = json.loads(run(BUILD / "bin/berth", "version", "--output", "json", check=True).stdout)
        self.assertEqual(printed["version"], VERSION)

    def test_dependencies(self):
        # What a program loads when it is first used is not in its header: libcurl, and the certificates of authorities.
        for dependency in ("libc6 (>= 2.36)", "libcurl4 (>= 7.88) | libcurl4t64", "libssl3 (>= 3.0.0) | libssl3t64",
                           "zlib1g", "ca-certificates"):
            self.assertIn(dependency, field(BERTH, "Depends"))
        self.assertEqual(field(SDK, "Depends"), "")
        self.assertRegex(field(BERTH, "Maintainer"), r"^.+ <.+@.+>$")

    def test_no_scripts_run_at_installation_or_removal(self):
        for file in (BERTH, SDK):
            control = run("dpkg-deb", "--ctrl-tarfile", file, check=True, text=False).stdout
            names = run("tar", "--list", input=control, check=True, text=False).stdout.decode().split()
            self.assertEqual(sorted(name.removeprefix("./") for name in names if name != "./"), ["control", "md5sums"])


class Contents(unittest.TestCase):
    def test_owners_permissions_and_times(self):
        times = set()
        for file in (BERTH, SDK):
            for name, member in members(file).items():
                with self.subTest(name):
                    times.add(member.mtime)
                    self.assertEqual((member.uid, member.gid), (0, 0))
                    executable = member.isdir() or name in ("usr/bin/berth", "usr/libexec/berth/berth-flavor-worker")
                    self.assertEqual(member.mode, 0o755 if executable else 0o644)
        self.assertEqual(len(times), 1)

    def test_files(self):
        names = set(members(BERTH))
        for name in ("usr/bin/berth", "usr/libexec/berth/berth-flavor-worker", "usr/lib/berth/flavors/default.so",
                     "usr/share/doc/berth/copyright", "usr/share/doc/berth/changelog.gz", "usr/share/doc/berth/changelog.Debian.gz"):
            self.assertIn(name, names)
        self.assertFalse([name for name in names if "include" in name])
        names = set(members(SDK))
        for name in ("usr/include/berth/abi.h", "usr/include/berth/container_registry.hpp",
                     "usr/lib/cmake/berth-sdk/berth-sdk-config.cmake", "usr/share/pkgconfig/berth-sdk.pc",
                     "usr/share/doc/berth-sdk/README.md", "usr/share/doc/berth-sdk/copyright",
                     "usr/share/doc/berth-sdk/examples/acme/acme.cpp"):
            self.assertIn(name, names)

    def test_generated_pages_and_completions(self):
        names, share = set(members(BERTH)), BUILD / "share"
        for file in share.rglob("*"):
            name = f"usr/share/{file.relative_to(share)}".replace("zsh/site-functions", "zsh/vendor-completions")
            if file.is_file() and file.name != "stamp":
                self.assertIn(f"{name}.gz" if "/man/" in name else name, names)

    def test_the_tarball_has_one_directory_with_all_files(self):
        with tarfile.open(TARBALL) as archive:
            names = archive.getnames()
            self.assertEqual({member.uid for member in archive.getmembers()}, {0})
        top = TARBALL.name.removesuffix(".tar.xz")
        self.assertEqual({name.split("/")[0] for name in names}, {top})
        for name in ("bin/berth", "libexec/berth/berth-flavor-worker", "lib/berth/flavors/default.so", "include/berth/abi.h",
                     "share/doc/berth/LICENSE", "share/doc/berth/copyright"):
            self.assertIn(f"{top}/{name}", names)


class Lintian(unittest.TestCase):
    def test_without_errors(self):
        if packages.shutil.which("lintian") is None:
            packages.skip("lintian is not installed")
        checked = run("lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0", BERTH, SDK)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_overrides_have_reasons(self):
        for file in (packages.SOURCE / "host/cmake/packages").glob("*.lintian-overrides"):
            reason = False
            for line in file.read_text().splitlines():
                if not line.startswith("#"):
                    self.assertRegex(line, r"^[a-z-]+: embedded-library ")
                    self.assertTrue(reason, f"{line}: a comment above it explains why")
                reason = line.startswith("#")


if __name__ == "__main__":
    packages.main()
