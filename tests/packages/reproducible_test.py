#!/usr/bin/env python3
"""A second build of the same commit makes the same bytes: in another directory, with another umask, locale, time zone and
number of jobs, and without a compiler cache. Takes as long as a build; .ci/full runs it after scripts/package."""
import hashlib
import os
import pathlib
import unittest

import packages
from packages import BUILD, SOURCE, run


def sums(directory):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(pathlib.Path(directory).iterdir())}


class Reproducible(unittest.TestCase):
    def test_a_second_build_has_the_same_bytes(self):
        packages.package("berth_*.deb")
        commit_time = run("git", "-C", SOURCE, "log", "-1", "--format=%ct", check=True).stdout.strip()
        with packages.temporary_directory() as directory:
            clone = directory / "quite/another directory"
            run("git", "clone", "--quiet", SOURCE, clone, check=True)
            environment = {"HOME": str(directory), "PATH": os.environ["PATH"], "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kolkata",
                           "CCACHE_DISABLE": "1", "CMAKE_BUILD_PARALLEL_LEVEL": "1", "SOURCE_DATE_EPOCH": commit_time}
            built = run("sh", "-c", "umask 077; exec scripts/package", cwd=clone, env=environment)
            self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
            self.assertEqual(sums(clone / "build/portable/packages"), sums(BUILD / "packages"))


if __name__ == "__main__":
    packages.main()
