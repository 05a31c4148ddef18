#!/usr/bin/env python3
"""What the portable build requires of a system, what it exports, its size; what a program without its other files prints."""
import re
import shutil
import unittest

import packages
from packages import BUILD, package, run

PROGRAM = BUILD / "bin/berth"
WORKER = BUILD / "libexec/berth/berth-flavor-worker"
FLAVORS = sorted((BUILD / "lib/berth/flavors").glob("*.so"))
LIBC = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
# That of Debian 12.
NEWEST_GLIBC = (2, 36)


def readelf(option, file):
    return run("readelf", "--wide", option, file, check=True).stdout


def needed(file):
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", readelf("--dynamic", file)))


class Requirements(unittest.TestCase):
    def test_the_build_is_there(self):
        self.assertEqual([file.name for file in FLAVORS],
                         ["aws.so", "azure.so", "default.so", "dockerhub.so", "gcp.so", "layout.so"])

    def test_only_libraries_that_every_system_has_are_needed(self):
        self.assertLessEqual(needed(PROGRAM), LIBC | {"libssl.so.3", "libcrypto.so.3", "libz.so.1"})
        for file in [WORKER, *FLAVORS]:
            with self.subTest(file.name):
                self.assertLessEqual(needed(file), LIBC)

    def test_symbol_versions_are_not_above_the_floor(self):
        for file in [PROGRAM, WORKER, *FLAVORS]:
            with self.subTest(file.name):
                versions = readelf("--version-info", file)
                glibc = {tuple(map(int, found.split("."))) for found in re.findall(r"Name: GLIBC_([\d.]+)", versions)}
                self.assertTrue(glibc)
                self.assertLessEqual(max(glibc), NEWEST_GLIBC)
                self.assertNotRegex(versions, "GLIBCXX|CXXABI|GCC_")

    def test_only_the_plugin_descriptor_is_exported(self):
        for file in [PROGRAM, WORKER, *FLAVORS]:
            with self.subTest(file.name):
                defined = re.findall(r"(?:GLOBAL|WEAK|UNIQUE)\s+DEFAULT\s+(?!UND)\w+\s+([^\s@]+)", readelf("--dyn-syms", file))
                # Copies of variables of libc that programs have.
                exported = {name for name in defined if name not in ("stdin", "stdout", "stderr", "environ", "__environ", "_environ")}
                self.assertEqual(exported, {"berth_plugin_0"} if file in FLAVORS else set())

    def test_hardening(self):
        for file in [PROGRAM, WORKER, *FLAVORS]:
            with self.subTest(file.name):
                dynamic = readelf("--dynamic", file)
                self.assertIn("DYN (", readelf("--file-header", file))
                self.assertIn("BIND_NOW", dynamic)
                self.assertNotIn("TEXTREL", dynamic)
                self.assertRegex(readelf("--program-headers", file), r"GNU_STACK.* RW ")

    def test_no_path_of_the_build_machine_is_contained(self):
        for file in [PROGRAM, WORKER, *FLAVORS]:
            with self.subTest(file.name):
                self.assertNotIn(str(packages.SOURCE).encode(), file.read_bytes())


class Size(unittest.TestCase):
    def test_the_build_without_the_sdk_is_at_most_8_mb(self):
        self.assertLessEqual(sum(file.stat().st_size for file in [PROGRAM, WORKER, *FLAVORS]), 8_000_000)

    def test_each_package_is_at_most_3_mb(self):
        for pattern in ("berth_*.deb", "berth-sdk_*.deb"):
            self.assertLessEqual(package(pattern).stat().st_size, 3_000_000)


class LoneProgram(unittest.TestCase):
    """A copy of bin/berth without the directories next to it."""

    def setUp(self):
        context = packages.temporary_directory()
        self.directory = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        (self.directory / "bin").mkdir()
        shutil.copy(PROGRAM, self.directory / "bin")
        packages.write_layout(self.directory / "image")

    def berth(self, *arguments):
        environment = {"HOME": str(self.directory / "home"), "PATH": "/usr/bin:/bin"}
        return run(self.directory / "bin/berth", *arguments, env=environment, cwd=self.directory)

    def test_it_prints_its_version_and_help(self):
        self.assertEqual(self.berth("version").returncode, 0)
        self.assertEqual(self.berth("--help").returncode, 0)

    def test_without_flavors_it_prints_where_it_looked(self):
        searched = f"{self.directory}/lib/berth/flavors"
        for arguments in (("push", "oci:image:1", "localhost:1/a:1"),
                          ("push", "oci:image:1", "--flavor", "layout", "--uri", f"oci:{self.directory}/shelf", "/a:1"),
                          ("container-registry", "register", "prod", "--flavor", "default", "--uri", "localhost:1")):
            with self.subTest(arguments):
                failed = self.berth(*arguments)
                self.assertEqual(failed.returncode, 6, failed.stderr)
                self.assertIn(f"no flavors found; searched {self.directory}/home/.local/share/berth/flavors, {searched}",
                              failed.stderr)
                self.assertIn(f"reinstall berth, which includes flavors in {searched}", failed.stderr)
        listed = self.berth("flavor", "list")
        self.assertEqual(listed.returncode, 0)
        self.assertIn(f"no flavors found; searched", listed.stderr)

    def test_without_worker_it_prints_which_file_is_missing(self):
        shutil.copytree(BUILD / "lib/berth/flavors", self.directory / "lib/berth/flavors")
        failed = self.berth("push", "oci:image:1", "--flavor", "layout", "--uri", f"oci:{self.directory}/shelf", "/a:1")
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn(f"cannot start {self.directory}/libexec/berth/berth-flavor-worker", failed.stderr)
        self.assertIn("reinstall berth, which includes berth-flavor-worker", failed.stderr)
        self.assertFalse((self.directory / "shelf").exists())


if __name__ == "__main__":
    packages.main()
