#!/usr/bin/env python3
"""Attacks a running web API and says how long a good request takes meanwhile (needs nothing but Python 3).

Usage: build/attack-web-api.py [HOST:PORT]

quiet:  nothing else.
slow:   100 connections that send 400 bytes a second of a body of 100 kB.
batch:  8 connections that send batches of 64 PNGs of 5000 x 5000.
batch4: 8 connections that send batches of 4 of them, which is what the default limits allow.
large:  8 connections that send one of them each, again and again.
"""
import http.client, socket, struct, sys, threading, time, zlib

HOST, PORT = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:5081").split(":")
PORT = int(PORT)
SECONDS = 15


def png(side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = zlib.compressobj(9)
    row = b"\0" + b"\x7f" * side
    data = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


SMALL, LARGE = png(64), png(5000)
stop = threading.Event()
answers = {}


def post(path, body, kind):
    connection = http.client.HTTPConnection(HOST, PORT, timeout=120)
    try:
        connection.request("POST", path, body, {"Content-Type": kind})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def slow():
    while not stop.is_set():
        try:
            with socket.create_connection((HOST, PORT)) as connection:
                connection.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 100000\r\n\r\n")
                while not stop.is_set():
                    connection.sendall(b"a" * 400)
                    stop.wait(1)
        except OSError:
            stop.wait(0.1)


def repeat(path, body, kind):
    while not stop.is_set():
        try:
            status = post(path, body, kind)
            answers[status] = answers.get(status, 0) + 1
            if status >= 400:
                stop.wait(0.1)
        except OSError:
            stop.wait(0.1)


def batch(count):
    part = b"--b\r\nContent-Disposition: form-data; name=image; filename=a.png\r\n\r\n" + LARGE + b"\r\n"
    repeat("/predict/batch", part * count + b"--b--\r\n", "multipart/form-data; boundary=b")


ATTACKS = {
    "quiet": (0, None),
    "slow": (100, slow),
    "batch": (8, lambda: batch(64)),
    "batch4": (8, lambda: batch(4)),
    "large": (8, lambda: repeat("/predict", LARGE, "image/png")),
}
for name, (count, attack) in ATTACKS.items():
    stop.clear()
    answers.clear()
    threads = [threading.Thread(target=attack, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    times, bad, end = [], 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        start = time.monotonic()
        bad += post("/predict", SMALL, "image/png") != 200
        times.append(time.monotonic() - start)
        time.sleep(0.1)
    stop.set()
    times.sort()
    print(f"{name:7} {len(times)} good requests, {bad} not answered with 200: median {times[len(times) // 2] * 1000:.0f} ms, "
          f"longest {times[-1] * 1000:.0f} ms; answers to the attack {answers}", flush=True)
    for thread in threads:
        thread.join(60)
