"""A TCP proxy that behaves like a line: line.py PORT [--round-trip MS] [--handshake] [--mbit N]

Relays connections to 127.0.0.1:PORT. --round-trip delays each direction by half of it; with
--handshake a new connection also waits one round trip, as on a real line. --mbit is the rate that
all connections share, in each direction. Prints its port, and for each line of
its input the bytes from clients and from the server so far. Ends with its input.
"""
import argparse
import queue
import socket
import sys
import threading
import time

CHUNK = 64 << 10


class Direction:
    """Bytes of all connections in one direction. They leave one after another at the line's rate."""

    def __init__(self, options):
        self.bytes = 0
        self._delay = options.round_trip / 2000
        self._seconds_per_byte = 8e-6 / options.mbit if options.mbit else 0
        self._free_at = 0.0
        self._lock = threading.Lock()

    def arrival(self, size, not_before):
        """When `size` bytes that are sent now reach the other end. `not_before`: time, or 0."""
        with self._lock:
            self.bytes += size
            begin = max(time.monotonic(), self._free_at, not_before)
            self._free_at = begin + size * self._seconds_per_byte if self._seconds_per_byte else 0
            return (self._free_at or begin) + self._delay


class Line:
    def __init__(self, options):
        self.up, self.down = Direction(options), Direction(options)
        self._target = options.port
        self._handshake = options.round_trip / 1000 if options.handshake else 0
        self._direct = not options.round_trip and not options.mbit
        # A line has no large buffers: otherwise a client would be done before its bytes are through.
        self._queued = 4 if options.mbit else 0
        self._small_buffers = bool(options.mbit)

    def serve(self, client):
        usable_at = time.monotonic() + self._handshake
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            return client.close()
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, sink, direction in ((client, server, self.up), (server, client, self.down)):
            relay = self._copy if self._direct else self._delayed
            threading.Thread(target=relay, args=(source, sink, direction, usable_at), daemon=True).start()

    @staticmethod
    def _copy(source, sink, direction, _):
        buffer = bytearray(CHUNK * 4)
        view = memoryview(buffer)
        try:
            while size := source.recv_into(buffer):
                direction.bytes += size
                sink.sendall(view[:size])
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            close(source, sink)

    def _delayed(self, source, sink, direction, usable_at):
        chunks = queue.Queue(self._queued)
        threading.Thread(target=deliver, args=(chunks, source, sink), daemon=True).start()
        try:
            while data := source.recv(CHUNK):
                chunks.put((direction.arrival(len(data), usable_at), data))
            chunks.put((direction.arrival(0, usable_at), b""))
        except OSError:
            chunks.put((0, None))

    def listen(self):
        listener = socket.socket()
        if self._small_buffers:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CHUNK)
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        return listener

    def accept_all(self, listener):
        while True:
            threading.Thread(target=self.serve, args=(listener.accept()[0],), daemon=True).start()


def deliver(chunks, source, sink):
    """Sends each chunk at its time. b"" is the end of the stream, None a broken connection."""
    try:
        while True:
            when, data = chunks.get()
            wait = when - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            if not data:
                break
            sink.sendall(data)
        if data is None:
            return close(source, sink)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        close(source, sink)


def close(*ends):
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--round-trip", type=float, default=0)
    parser.add_argument("--handshake", action="store_true")
    parser.add_argument("--mbit", type=float, default=0)
    line = Line(parser.parse_args())
    listener = line.listen()
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=line.accept_all, args=(listener,), daemon=True).start()
    for _ in sys.stdin:
        print(line.up.bytes, line.down.bytes, flush=True)


if __name__ == "__main__":
    main()
