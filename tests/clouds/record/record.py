"""Records every vector to the given directory."""
import importlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fakes"))
for name in ("with_botocore", "with_google_auth", "with_msal", "by_hand", "with_npm"):
    importlib.import_module(name).record(sys.argv[1])
