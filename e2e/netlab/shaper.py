"""Delay, jitter and loss for links, for kernels without netem.

Copies Ethernet frames between pairs of interfaces in a namespace of its own, each frame after a
while or not at all. Standard input: one line of JSON {"namespace", "seed", "links": [{"name", "a",
"b", "delayMs", "jitterMs", "lossPercent"}], "plain": [[namespace, interface]]} to begin with, then
{"name", "delayMs", "jitterMs", "lossPercent"} for each change. Answers each line with "ready". Ends
with its standard input, so that it cannot outlive the lab.

A frame waits delayMs ± jitterMs (uniform) in each direction, but never overtakes an earlier one:
what makes delay vary in real networks is mostly a queue, and queues keep their order.
"""

import collections
import fcntl
import json
import os
import random
import select
import socket
import struct
import sys
import time

import netns

ETH_P_ALL = 0x0003
ETH_P_ARP = b"\x08\x06"
ETHER_TYPE = slice(12, 14)
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23  # without it we would hear, and copy back, what we send ourselves
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER_BYTES = 8 << 20
FRAME_LIMIT_BYTES = 65536

SIOCETHTOOL = 0x8946
# ETHTOOL_S… commands of <linux/ethtool.h>: checksums, segmentation and coalescing by "hardware".
# With them on, what crosses a veth is neither checksummed nor cut to the link's size.
OFFLOADS = {"rx": 0x15, "tx": 0x17, "sg": 0x19, "tso": 0x1F, "ufo": 0x22, "gso": 0x24, "gro": 0x2C}


def switch_offloads_off(interface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for command in OFFLOADS.values():
            value = bytearray(struct.pack("II", command, 0))
            address = (ctypes_address(value),)
            request = struct.pack("16sP", interface.encode(), *address)
            try:
                fcntl.ioctl(sock, SIOCETHTOOL, request)
            except OSError:
                pass  # Not every kernel has every one of these, and then there is nothing to switch.


def ctypes_address(buffer):
    import ctypes

    return ctypes.addressof((ctypes.c_char * len(buffer)).from_buffer(buffer))


class Direction:
    """Frames on their way from one interface to another."""

    def __init__(self, link, source, sink):
        self.link = link
        self.source = source
        self.sink = sink
        self.queue = collections.deque()
        self.last_due = 0.0

    def receive(self, rng):
        while True:
            try:
                frame = self.source.recv(FRAME_LIMIT_BYTES)
            except BlockingIOError:
                return
            # A lost ARP request costs a whole second, and the lines that we stand for have none.
            lossy = frame[ETHER_TYPE] != ETH_P_ARP
            if lossy and rng.random() * 100 < self.link["lossPercent"]:
                continue
            wait = self.link["delayMs"] + rng.uniform(-1, 1) * self.link["jitterMs"]
            self.last_due = max(self.last_due, time.monotonic() + max(0.0, wait) / 1000)
            self.queue.append((self.last_due, frame))

    def deliver(self, now):
        while self.queue and self.queue[0][0] <= now:
            _, frame = self.queue.popleft()
            try:
                self.sink.send(frame)
            except OSError:
                pass  # A full or vanished link loses frames; that is what links do.


def open_interface(name):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
    sock.bind((name, ETH_P_ALL))
    sock.setblocking(False)
    return sock


def main():
    setup = json.loads(sys.stdin.buffer.readline())
    for namespace, interface in setup["plain"]:
        netns.enter(namespace)
        switch_offloads_off(interface)
    netns.enter(setup["namespace"])
    rng = random.Random(setup["seed"])
    links = {link["name"]: link for link in setup["links"]}
    poll = select.epoll()
    directions = {}
    for link in links.values():
        a, b = open_interface(link["a"]), open_interface(link["b"])
        for source, sink in ((a, b), (b, a)):
            directions[source.fileno()] = Direction(link, source, sink)
            poll.register(source, select.EPOLLIN)
    stdin = sys.stdin.fileno()
    os.set_blocking(stdin, False)
    poll.register(stdin, select.EPOLLIN)
    print("ready", flush=True)
    pending = b""
    while True:
        due = [d.queue[0][0] for d in directions.values() if d.queue]
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        for descriptor, _ in poll.poll(timeout):
            if descriptor != stdin:
                directions[descriptor].receive(rng)
                continue
            data = os.read(stdin, 65536)
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                change = json.loads(line)
                links[change["name"]].update(change)
                print("ready", flush=True)
        now = time.monotonic()
        for direction in directions.values():
            direction.deliver(now)


main()
