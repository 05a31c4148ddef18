#!/usr/bin/env python3
"""scripts/release in a clone whose build is replaced by a short program: what it makes, and what it refuses."""
import hashlib
import os
import pathlib
import re
import unittest

import packages
from packages import SOURCE, run

VERSION = re.search(r"project\(berth VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text())[1]
PACKAGE = """#!/bin/sh
set -e
cd "$(dirname "$0")/.."
[ ! -e build/fail ] || { echo "cc1plus: No space left on device" >&2; exit 1; }
mkdir -p build/portable/packages
echo deb > build/portable/packages/berth.deb
echo tar > build/portable/packages/berth.tar.xz
"""


class Release(unittest.TestCase):
    def setUp(self):
        context = packages.temporary_directory()
        directory = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.clone = directory / "clone"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.example",
                            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.example"}
        run("git", "clone", "--quiet", SOURCE, self.clone, check=True)
        self.write("scripts/package", PACKAGE)
        self.write("scripts/sbom", "#!/bin/sh\necho {}\n")
        self.write(".ci/full", "#!/bin/sh\nexit 0\n")
        # As of the tree that is tested, which may have changes.
        self.write("scripts/release", (SOURCE / "scripts/release").read_text())
        self.write("CHANGELOG.md", f"# Changelog\n\n## {VERSION} (2026-12-01)\n\n- All.\n")
        self.commit()

    def write(self, name, text):
        (self.clone / name).parent.mkdir(exist_ok=True)
        (self.clone / name).write_text(text)
        if text.startswith("#!"):
            (self.clone / name).chmod(0o755)

    def git(self, *arguments):
        return run("git", "-C", self.clone, *arguments, env=self.environment, check=True).stdout.strip()

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "tests: change what a release is made from")

    def release(self, *arguments):
        return run("scripts/release", *arguments, cwd=self.clone, env=self.environment)

    def refused(self, *arguments):
        """The message of a refused release, after a check that nothing was made."""
        tags, done = self.git("tag"), self.release(*arguments)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.git("tag"), tags)
        dist = self.clone / "build/dist"
        self.assertEqual([file.name for file in dist.iterdir()] if dist.exists() else [], [])
        self.assertIn("  fix       ", done.stderr)
        return done.stderr

    def test_a_release_has_files_sums_and_a_tag(self):
        done = self.release(VERSION)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        dist = self.clone / f"build/dist/{VERSION}"
        self.assertEqual({file.name for file in dist.iterdir()},
                         {"SHA256SUMS", "berth.deb", "berth.tar.xz", f"berth-{VERSION}.spdx.json"})
        sums = dict(reversed(line.split()) for line in (dist / "SHA256SUMS").read_text().splitlines())
        self.assertEqual(sums["berth.deb"], hashlib.sha256(b"deb\n").hexdigest())
        self.assertEqual(self.git("rev-list", "-1", f"v{VERSION}"), self.git("rev-parse", "HEAD"))
        self.assertEqual([file.name for file in (self.clone / "build/dist").iterdir()], [VERSION])

    def test_a_dry_run_makes_no_tag_and_accepts_what_is_unreleased(self):
        self.write("CHANGELOG.md", f"## {VERSION} (unreleased)\n")
        self.commit()
        done = self.release("--dry-run", VERSION)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.git("tag"), "")
        self.assertIn(f'write the date there: "## {VERSION} (', self.refused_after_dry_run())

    def refused_after_dry_run(self):
        packages.shutil.rmtree(self.clone / "build/dist")
        return self.refused(VERSION)

    def test_a_tree_with_changes(self):
        self.write("README.md", "changed")
        self.assertIn("changes that are not committed: README.md", self.refused(VERSION))
        self.assertIn("changes that are not committed: README.md", self.refused("--dry-run", VERSION))

    def test_a_tag_that_exists(self):
        self.git("tag", f"v{VERSION}")
        self.assertIn(f"the tag v{VERSION} exists", self.refused(VERSION))

    def test_versions(self):
        self.assertIn('"latest" is not a version', self.refused("latest"))
        self.assertIn('"1.2" is not a version', self.refused("1.2"))
        self.assertIn(f"CMakeLists.txt has version {VERSION}, not 9.9.9", self.refused("9.9.9"))
        self.write("CHANGELOG.md", "# Changelog\n\n## 0.0.1\n")
        self.commit()
        self.assertIn(f'CHANGELOG.md has no section "## {VERSION}"', self.refused(VERSION))

    def test_an_abi_that_changed_without_its_version(self):
        self.git("tag", "v0.0.1")
        abi = (self.clone / "sdk/include/berth/abi.h").read_text()
        self.write("sdk/include/berth/abi.h", abi + "\n/* another function */\n")
        self.commit()
        self.assertIn("abi.h changed since v0.0.1", self.refused(VERSION))
        minor = re.search(r"#define BERTH_ABI_MINOR (\d+)", abi)
        self.write("sdk/include/berth/abi.h", abi.replace(minor[0], f"#define BERTH_ABI_MINOR {int(minor[1]) + 1}"))
        self.commit()
        self.assertEqual(self.release(VERSION).returncode, 0)

    def test_a_failing_build_leaves_nothing(self):
        self.write("scripts/package", PACKAGE.replace("[ ! -e build/fail ]", "false"))
        self.commit()
        message = self.refused(VERSION)
        self.assertIn("No space left on device", message)
        self.assertIn("nothing was tagged, and no file of the release remains", message)

    def test_a_full_disk(self):
        if os.geteuid() != 0:
            packages.skip("root is needed to mount a small file system")
        (self.clone / "build").mkdir()
        done = run("unshare", "--mount", "sh", "-c", f"mount -t tmpfs -o size=4m small build && scripts/release {VERSION}",
                   cwd=self.clone, env=self.environment)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"build/ has \d MiB of free space; a release needs 1000\n  fix       free space")

    def test_a_key_signs_sums_and_tag(self):
        if packages.shutil.which("gpg") is None:
            packages.skip("gpg is not installed")
        home = self.clone.parent / "gnupg"
        home.mkdir(mode=0o700)
        self.environment["GNUPGHOME"] = str(home)
        run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "a@b.example", "ed25519", "sign", "never",
            env=self.environment, check=True)
        self.addCleanup(run, "gpgconf", "--kill", "all", env=self.environment)
        done = self.release("--key", "a@b.example", VERSION)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        sums = self.clone / f"build/dist/{VERSION}/SHA256SUMS"
        run("gpg", "--verify", f"{sums}.asc", sums, env=self.environment, check=True)
        self.git("verify-tag", f"v{VERSION}")

    def test_a_key_that_is_not_there(self):
        self.assertIn("gpg has no secret key a@b.example", self.refused("--key", "a@b.example", VERSION))


if __name__ == "__main__":
    packages.main()
