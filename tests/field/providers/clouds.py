"""Shared by the tests of this directory: berth with the fakes of tests/clouds."""
import base64
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "clouds"))
import berth_test  # noqa: E402  pylint: disable=wrong-import-position
from berth_test import CloudTest, annotated  # noqa: E402,F401  pylint: disable=wrong-import-position,unused-import


def docker_login(directory, host, user, secret):
    """A DOCKER_CONFIG with credentials, as docker login writes it."""
    directory.mkdir(parents=True, exist_ok=True)
    auth = base64.b64encode(f"{user}:{secret}".encode()).decode()
    (directory / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
    return {"DOCKER_CONFIG": str(directory)}


def run(*cases):
    """Runs the test cases; the first argument is the program."""
    berth_test.BERTH = pathlib.Path(sys.argv[1]).resolve()
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(case) for case in cases)
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
