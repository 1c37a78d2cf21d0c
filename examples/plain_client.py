"""A whole chat client in Python's standard library: run it in two terminals and type.

    python3 examples/plain_client.py ws://localhost:9001/team?name=Ada

A plain client speaks no protocol beyond WebSocket: a text message out is a line of chat, each text message in
is a line to show.
"""

import base64
import os
import socket
import sys
import threading
from urllib.parse import urlsplit


def connect(url):
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port or 80))
    path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    stream = connection.makefile("rb")
    status = stream.readline().decode()
    while stream.readline().strip():
        pass
    if " 101 " not in status:
        sys.exit(f"refused: {status.strip()}: {stream.read().decode().strip()}")
    return connection, stream


def send(connection, opcode, payload):
    length = len(payload)
    if length < 126:
        header = bytes([0x80 | opcode, 0x80 | length])
    else:
        header = bytes([0x80 | opcode, 0x80 | 126]) + length.to_bytes(2, "big")
    mask = os.urandom(4)
    connection.sendall(header + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))


def receive(connection, stream):
    """Yields text messages until the server closes the connection; answers its pings."""
    while header := stream.read(2):
        opcode, length = header[0] & 0x0F, header[1]
        if length == 126:
            length = int.from_bytes(stream.read(2), "big")
        elif length == 127:
            length = int.from_bytes(stream.read(8), "big")
        payload = stream.read(length)
        if opcode == 1:
            yield payload.decode()
        elif opcode == 9:
            send(connection, 10, payload)
        elif opcode == 8:
            return


def main():
    connection, stream = connect(sys.argv[1] if len(sys.argv) > 1 else "ws://localhost:9001/")

    def show():
        for line in receive(connection, stream):
            print(line, flush=True)

    threading.Thread(target=show, daemon=True).start()
    for line in sys.stdin:
        send(connection, 1, line.rstrip("\n").encode())
    send(connection, 8, b"\x03\xe8")


main()
