"""A client under command: lines of JSON in, events as lines of JSON out.

    {"do": "send", "to": UID, "text": "…"}       {"do": "drop", "rows": N}
    {"do": "resend"}  {"do": "conflict"}         {"do": "history", "with": UID, …}
    {"do": "read", "with": UID, "cseq": N}       {"do": "lookup", "names": […]}
    {"do": "presence", "uids": […]}              {"do": "ping"}
    {"do": "push", "provider": N, "token": "hex"}
    {"do": "raw", "type": N, "hex": "…"}         {"do": "rekey"}  {"do": "pad", "bytes": N}
    {"do": "other_store"}  {"do": "pull"}        {"do": "reconnect"}  {"do": "hurry"}  {"do": "quit"}
"""

import json
import pathlib
import sys
import time
from types import SimpleNamespace

from . import certificate, messages as m
from .client import Client
from .frames import frame
from .loop import Loop
from .state import State


def arguments(parser):
    parser.add_argument("--server", required=True, metavar="HOST:PORT")
    parser.add_argument("--roots", required=True, metavar="FILE")
    parser.add_argument("--account", required=True)
    parser.add_argument("--password", default="")
    parser.add_argument("--suite", type=int, default=3, choices=(1, 2, 3, 4))
    parser.add_argument("--accept", default="", metavar="N,N", help="suites told at login; the suite and its like by default")
    parser.add_argument("--state", metavar="FILE", help="kept in memory without")
    parser.add_argument("--heartbeat", type=int, default=60)


def emit(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def run(args):
    hybrid, classical = [1, 2], [3, 4]
    accept = [int(s) for s in args.accept.split(",") if s] or (hybrid if args.suite in hybrid else classical)
    options = SimpleNamespace(account=args.account, password=args.password, suite=args.suite, accept=accept,
                              heartbeat=args.heartbeat)
    roots = certificate.parse_roots(pathlib.Path(args.roots).read_text())
    host, port = args.server.rsplit(":", 1)
    client = Client(options, State(args.state), roots, emit)
    driver = Driver(client)
    driver.loop = Loop(client, (host.strip("[]"), int(port)), sys.stdin.buffer, driver.take)
    result = driver.loop.run()
    client.save()
    return result


class Driver:
    def __init__(self, client):
        self.client, self.last = client, None

    def take(self, line):
        command = json.loads(line)
        getattr(self, "do_" + command.pop("do"))(**{k + "_" if k == "with" else k: v for k, v in command.items()})

    def conv(self, uid):
        return self.client.conversation_with(uid)

    def do_send(self, to, text, kind=1):
        self.last = self.client.send(self.conv(to), text.encode(), kind), self.conv(to), text.encode()
        emit("queued", counter=self.last[0])

    def do_resend(self):
        self.again(self.last[2])

    def do_conflict(self):
        self.again(self.last[2] + b"!")

    def again(self, body):
        counter, conv, _ = self.last
        self.client.connection.send(m.Send(Counter=counter, Conv=conv, Kind=1, Body=body))

    def do_drop(self, rows):
        self.client.drop = rows
        emit("dropping", rows=rows)

    def do_pull(self):
        self.client.pull_soon(time.time())

    def do_other_store(self):
        self.client.inbox.epoch ^= 1

    def do_history(self, with_, **page):
        self.client.history(self.conv(with_), **page)

    def do_read(self, with_, cseq):
        self.client.read(self.conv(with_), cseq)

    def do_lookup(self, names=(), uids=()):
        self.client.ask(m.Lookup(Names=list(names), UIDs=list(uids)))

    def do_presence(self, uids=()):
        self.client.ask(m.GetPresence(UIDs=list(uids)))

    def do_push(self, provider, token=""):
        self.client.ask(m.RegisterPush(Provider=provider, Token=bytes.fromhex(token)))

    def do_ping(self):
        self.client.ping_at = 0

    def do_raw(self, type, hex=""):
        self.client.connection.write(frame(type, bytes.fromhex(hex)))

    def do_rekey(self):
        self.client.connection.rekey()
        emit("rekeyed")

    def do_pad(self, bytes):
        self.client.connection.padding = bytes

    def do_reconnect(self):
        self.client.move_at = time.time()

    def do_hurry(self):
        """Follows a GoAway now instead of at the moment that was drawn."""
        self.client.move_at = min(self.client.move_at, time.time())

    def do_quit(self):
        self.client.save()
        self.loop.running = False
