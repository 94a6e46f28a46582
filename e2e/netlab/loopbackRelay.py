"""Runs a browser in a network namespace and makes its remote-control port reachable from outside.

    loopbackRelay.py NAMESPACE BROWSER [ARGUMENTS]

Firefox is driven through a WebSocket on 127.0.0.1, and each namespace has a 127.0.0.1 of its own.
A socket stays in the namespace where it was made: this process opens a listening socket outside,
moves inside, starts the browser there, and copies bytes between the two. The port has the same
number on both sides, because Firefox refuses a request that names another one than its own.
"""

import signal
import socket
import subprocess
import sys
import threading

import netns

ANY_PORT = "--remote-debugging-port=0"  # what the driver asks for
ANNOUNCEMENT = b"WebDriver BiDi listening on "
CHUNK_BYTES = 65536


def pump(source, sink):
    try:
        while data := source.recv(CHUNK_BYTES):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def relay(listener, port):
    while True:
        outside, _ = listener.accept()
        # Threads begin in the namespace of the thread that starts them: this connects inside.
        inside = socket.create_connection(("127.0.0.1", port))
        for sock in (outside, inside):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, sink in ((outside, inside), (inside, outside)):
            threading.Thread(target=pump, args=(source, sink), daemon=True).start()


def main():
    namespace, *command = sys.argv[1:]
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    command = [f"--remote-debugging-port={port}" if word == ANY_PORT else word for word in command]
    netns.enter(namespace)
    browser = subprocess.Popen(command, stderr=subprocess.PIPE)
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda number, _: browser.send_signal(number))
    for line in browser.stderr:
        if ANNOUNCEMENT in line:
            threading.Thread(target=relay, args=(listener, port), daemon=True).start()
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
    code = browser.wait()
    sys.exit(code if code >= 0 else 128 - code)


main()
