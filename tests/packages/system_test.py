#!/usr/bin/env python3
"""The portable build and the packages in a clean root of a Debian release: system_test.py RELEASE

Nothing but what debootstrap installs is there: no libcurl, no CA certificates.
"""
import re
import shutil
import sys
import tarfile
import time
import unittest

import packages
from packages import SOURCE, Root, package, run

RELEASE = sys.argv.pop(1)
LIBRARIES = "libcurl4 libssl3 zlib1g"
APT = "apt-get -qq -o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false"


def older_package(directory):
    """The package again, as version 0.0.9-1."""
    run("dpkg-deb", "--raw-extract", package("berth_*.deb"), directory / "older", check=True)
    control = directory / "older/DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", "Version: 0.0.9-1", control.read_text(), flags=re.MULTILINE))
    run("dpkg-deb", "--root-owner-group", "--build", directory / "older", directory / "berth_0.0.9-1.deb", check=True)
    return directory / "berth_0.0.9-1.deb"


class System(unittest.TestCase):
    def setUp(self):
        context = packages.temporary_directory()
        self.directory = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.root = Root(RELEASE, self.directory)
        self.shared = self.root.shared
        self.digest = packages.write_layout(self.shared / "image")

    def ok(self, command):
        """Runs a command of sh in the root, in the directory that it shares with this machine."""
        done = self.root.run("sh", "-euc", f"cd {self.shared}; export TMPDIR=/var/tmp DEBIAN_FRONTEND=noninteractive; {command}")
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def failed(self, command):
        done = self.root.run("sh", "-c", f"cd {self.shared}; {command}")
        self.assertNotEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done

    def push(self, berth):
        """Pushes into a registry and into a layout; compares digests."""
        with packages.registry(self.directory) as host:
            self.assertEqual(self.ok(f"{berth} push oci:image:1 {host}/team/app:1 2>&1").splitlines()[-1],
                             f"{host}/team/app@{self.digest}")
        self.assertEqual(self.ok(f"rm -rf shelf; {berth} push oci:image:1 --flavor layout --uri oci:$PWD/shelf /app:1"),
                         f"oci:{self.shared}/shelf/app@{self.digest}\n")

    def test_portable_build(self):
        with tarfile.open(package("berth-*.tar.xz")) as archive:
            archive.extractall(self.shared)
        berth = f"{self.shared}/{package('berth-*.tar.xz').name.removesuffix('.tar.xz')}/bin/berth"
        self.ok(f"apt-get -qq update; {APT} install libssl3 zlib1g > /dev/null")
        self.assertIn("default", self.ok(f"{berth} flavor list"))
        absent = self.failed(f"{berth} push oci:image:1 localhost:1/team/app:1")
        self.assertEqual(absent.returncode, 127)
        self.assertIn("apt-get install libcurl4", absent.stderr)
        self.ok(f"{APT} install {LIBRARIES} > /dev/null")
        self.push(berth)

    def test_packages(self):
        for file in (package("berth_*.deb"), package("berth-sdk_*.deb")):
            shutil.copy(file, self.shared)
        self.ok("apt-get -qq update")
        start = time.monotonic()
        self.ok(f"{APT} install ./berth_*.deb > /dev/null")
        self.push("berth")
        print(f"{RELEASE}: installed and pushed in {time.monotonic() - start:.1f} s")
        self.assertIn("ok       worker", self.ok("berth doctor || true"))
        self.ok("test -s /etc/ssl/certs/ca-certificates.crt")

        self.ok(f"{APT} install ./berth-sdk_*.deb > /dev/null")
        self.plugin()

        self.ok("berth container-registry register prod --flavor default --uri localhost:5000")
        own = "$HOME/.config/berth/registries.json $HOME/.local/share/berth/flavors/acme.so"
        before = self.ok(f"sha256sum {own}")
        self.ok(f"{APT} purge berth berth-sdk > /dev/null")
        self.assertEqual(self.ok(f"sha256sum {own}"), before)
        left = self.ok("find /usr/bin /usr/lib /usr/libexec /usr/include /usr/share /etc /var/lib/dpkg/info -name '*berth*'")
        self.assertEqual(left, "")

    def plugin(self):
        """A plugin built on this machine with the package's headers is used there."""
        run("dpkg-deb", "--extract", package("berth-sdk_*.deb"), self.directory / "sdk", check=True)
        built = run("g++", "-std=c++17", "-shared", "-fPIC", "-I", self.directory / "sdk/usr/include",
                    self.directory / "sdk/usr/share/doc/berth-sdk/examples/acme/acme.cpp", "-o", self.shared / "acme.so")
        self.assertEqual(built.returncode, 0, built.stderr)
        self.ok("mkdir -p $HOME/.local/share/berth/flavors; cp acme.so $HOME/.local/share/berth/flavors/")
        self.assertIn("acme", self.ok("berth flavor list"))
        rejected = self.failed(f"berth check oci:image:1 --flavor acme --uri localhost:5000 /app:1")
        self.assertIn("acme.", rejected.stderr)

    def test_upgrade_over_a_running_berth(self):
        shutil.copy(older_package(self.directory), self.shared / "older.deb")
        shutil.copy(package("berth_*.deb"), self.shared / "newer.deb")
        self.ok(f"apt-get -qq update; {APT} install ./older.deb > /dev/null")
        self.ok("berth container-registry register shelf --flavor layout --uri oci:$PWD/shelf")
        (self.shared / "image.tar").write_bytes(run("tar", "--create", "--directory", self.shared / "image", ".", text=False).stdout)
        # berth waits for the rest of its standard input while dpkg replaces its files. One command, since two mounts cannot
        # change one overlay.
        out = self.ok(f"""mkfifo pipe
            berth push oci-archive:- shelf/app:1 < pipe > pushed 2>&1 &
            exec 3> pipe
            head -c 512 image.tar >&3
            {APT} install ./newer.deb > /dev/null 3>&-
            dpkg-query -W -f '${{Version}}' berth | grep -v 0.0.9
            kill -0 $!
            tail -c +513 image.tar >&3
            exec 3>&-
            wait $! || {{ cat pushed; exit 1; }}
            cat pushed""")
        self.assertIn(self.digest, out)
        self.assertIn("shelf", self.ok("berth container-registry list"))


if __name__ == "__main__":
    packages.main()
