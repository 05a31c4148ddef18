"""berth against the fakes of tests/clouds: what the tests of this directory share."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "clouds"))
import berth_test  # noqa: E402  pylint: disable=wrong-import-position
from berth_test import CloudTest, annotated  # noqa: E402,F401  pylint: disable=wrong-import-position,unused-import


def run(*cases):
    """Runs the test cases; the first argument is the program."""
    berth_test.BERTH = pathlib.Path(sys.argv[1]).resolve()
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(case) for case in cases)
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
