#!/usr/bin/env python3
"""Compares a fake with its vectors: replay_test.py PROVIDER

Starts the fake as a program, sends each recorded request again and expects the recorded response. Then changes signed requests byte
by byte and expects each to be refused.
"""
import contextlib
import http.client
import json
import pathlib
import subprocess
import sys
import urllib.parse

CLOUDS = pathlib.Path(__file__).resolve().parent


@contextlib.contextmanager
def running(provider):
    process = subprocess.Popen([sys.executable, CLOUDS / "fakes" / f"{provider}.py"], stdout=subprocess.PIPE, text=True)
    try:
        yield Fake(int(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait()


class Fake:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(self, request):
        """(status, headers, body)"""
        query = urllib.parse.urlencode([tuple(pair) for pair in request.get("query", [])])
        body = request.get("body", "").encode()
        self.connection.putrequest(request["method"], request["path"] + (f"?{query}" if query else ""), skip_host=True,
                                   skip_accept_encoding=True)
        for name, value in {**request.get("headers", {}), "host": request.get("host", "fake"), "content-length": str(len(body))}.items():
            self.connection.putheader(name, value)
        self.connection.endheaders(body)
        response = self.connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode()

    def set_state(self, state):
        self.send({"method": "POST", "path": "/_fake/reset"})
        self.send({"method": "PATCH", "path": "/_fake/state", "body": json.dumps(state)})


def differences(expected, status, headers, body):
    if status != expected["status"]:
        yield f"status {status}, recorded {expected['status']}"
    for name, value in expected["headers"].items():
        if headers.get(name) != value:
            yield f"header {name}: {headers.get(name)!r}, recorded {value!r}"
    if body != expected["body"]:
        yield f"body\n    {body}\n  recorded\n    {expected['body']}"


def replay(fake, vector):
    fake.set_state(vector["state"])
    for number, exchange in enumerate(vector["exchanges"], 1):
        for difference in differences(exchange["answer"], *fake.send(exchange["request"])):
            yield f"{vector['case']}, exchange {number}: {difference}"


def with_other_byte(text):
    """Replaces one byte in the middle by another one of the same kind."""
    middle = len(text) // 2
    other = {"0": "1", "a": "b", "A": "B"}.get(text[middle], "0" if text[middle].isdigit() else "a" if text[middle].islower() else "A")
    return text[:middle] + other + text[middle + 1:]


def changed(vector, exchange):
    """(change, request): every one must be refused."""
    request = exchange["request"]
    for name in exchange.get("signature", {}).get("signed_headers", []):
        if name in request["headers"] and name != "content-type":  # with another content type it is not a request of this protocol
            yield name, {**request, "headers": {**request["headers"], name: with_other_byte(request["headers"][name])}}
    if "signature" in exchange:
        yield "host", {**request, "host": with_other_byte(request["host"])}
        yield "body", {**request, "body": request["body"] + " "}
        yield "query", {**request, "query": [*request["query"], ["added", ""]]}
        signature = exchange["signature"]["signature"]
        header = request["headers"]["authorization"].replace(signature, with_other_byte(signature))
        yield "signature", {**request, "headers": {**request["headers"], "authorization": header}}
    for field in vector.get("jwt", {}):
        for part in range(3):
            if field == "authorization":
                header = with_other_part(request["headers"][field], part)
                yield f"{field}, part {part + 1}", {**request, "headers": {**request["headers"], field: header}}
            elif field in dict(request.get("form", [])):
                form = [(name, with_other_part(value, part) if name == field else value) for name, value in request["form"]]
                yield f"{field}, part {part + 1}", {**request, "body": urllib.parse.urlencode(form)}


def with_other_part(token, number):
    parts = token.split(".")
    parts[number] = with_other_byte(parts[number])
    return ".".join(parts)


def tamper(fake, vector):
    """(number of changes, problems)"""
    count, problems = 0, []
    for exchange in vector["exchanges"]:
        if exchange["answer"]["status"] != 200:
            continue
        for what, request in changed(vector, exchange):
            fake.set_state(vector["state"])
            status, _, body = fake.send(request)
            count += 1
            if status not in (400, 401, 403):
                problems.append(f"{vector['case']}: with another {what} the fake still answers {status} {body}")
    return count, problems


def main(provider):
    files = sorted((CLOUDS / "vectors" / provider).glob("*.json"))
    problems, changes = [], 0
    with running(provider) as fake:
        for vector in (json.loads(file.read_text()) for file in files):
            problems += replay(fake, vector)
            count, found = tamper(fake, vector)
            changes, problems = changes + count, problems + found
    print("\n".join(problems) or f"{provider}: {len(files)} vectors answered as recorded, {changes} changed requests refused")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
