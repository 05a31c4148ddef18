"""Fetches peers that this Debian release does not have from Debian sid, without installing them."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

WANTED = ("crane", "oras")
FIELDS = "$(REPO_URI)|$(SIGNED_BY)|$(ORIGIN)|$(CODENAME)"


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command[:2]))} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def configured_mirror():
    """URI and keyring of the Debian mirror that apt uses here."""
    targets = run("apt-get", "indextargets", "--format", FIELDS, "Created-By: Packages").splitlines()
    for target in targets:
        uri, keyring, origin, codename = target.split("|")
        if origin == "Debian" and "-" not in codename and "security" not in uri:
            return uri, keyring
    raise SystemExit("apt has no list of a Debian mirror: run apt-get update as root, or name a mirror with --mirror URI")


def fetch_peers(directory, mirror=None):
    """Unpacks crane and oras below `directory`. Requires no root, and changes nothing of the system."""
    for program in ("apt-get", "dpkg-deb"):
        if not shutil.which(program):
            raise SystemExit(f"{program} not found: peers can be fetched only on Debian; put crane and oras on the PATH instead")
    directory = pathlib.Path(directory).resolve()
    uri, keyring = (mirror, "") if mirror else configured_mirror()
    if not keyring.startswith("/"):
        keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        for part in ("state/lists/partial", "cache/archives/partial", "parts"):
            (work / part).mkdir(parents=True)
        (work / "sources.list").write_text(f"deb [signed-by={keyring}] {uri} sid main\n")
        (work / "status").touch()
        settings = {"Dir::Etc::SourceList": work / "sources.list", "Dir::Etc::SourceParts": work / "parts",
                    "Dir::State": work / "state", "Dir::State::status": work / "status", "Dir::Cache": work / "cache",
                    "Acquire::Languages": "none", "Acquire::Retries": "2", "Acquire::http::Timeout": "20"}
        if os.geteuid() == 0:
            settings["APT::Sandbox::User"] = "root"
        apt = ["apt-get", "-qq", *(part for key, value in settings.items() for part in ("-o", f"{key}={value}"))]
        try:
            run(*apt, "--error-on=any", "update", env=os.environ | {"LC_ALL": "C"})
        except SystemExit as failure:
            raise SystemExit(f"the Debian mirror {uri} has no sid, or cannot be reached.\n{failure}\n"
                             "Name another with --mirror URI, or put crane and oras on the PATH.") from None
        run(*apt, "download", *WANTED, cwd=work)
        versions = {}
        for package in sorted(work.glob("*.deb")):
            run("dpkg-deb", "--extract", package, directory)
            name, version = run("dpkg-deb", "--showformat=${Package} ${Version}", "--show", package).split()
            versions[name] = version
            print(f"{name} {version}: {directory}/usr/bin/{name}")
        (directory / "versions.json").write_text(json.dumps(versions, indent=1) + "\n")
