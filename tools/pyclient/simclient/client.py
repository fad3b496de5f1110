"""A device of a user (sections 9 to 15), without socket and clock."""

import random

from . import endings, messages as m, names
from .connection import Connection
from .inbox import OK, TOO_LONG, Inbox, Row
from .outbox import Outbox

GAP, LAZY, ACK_EVERY, ANSWER, PONG = 0.05, 1, 64, 10, 10
PULL_LIMIT = 256


class Client:
    """Events go to emit(name, **fields). loop.py gives it bytes and the time."""

    def __init__(self, options, state, roots, emit):
        self.options, self.state, self.roots, self.emit = options, state, roots, emit
        self.inbox = Inbox(state.cursor, state.epoch, state.fingerprint, state.known)
        self.outbox, self.reads, self.asked = Outbox(), {}, {}
        self.req, self.connection, self.drop = 0, None, 0
        self.token = bytes.fromhex(state.token)

    # Connecting

    def connect(self, now):
        """Begins a connection; its out is to be written."""
        self.by = "token" if self.token else "password"
        method, secret = (2, self.token) if self.token else (1, self.options.password.encode())
        login = dict(Method=method, Account=self.options.account, Secret=secret, Device=self.state.device, Platform=5,
                     App="simclient", SDK="python", Heartbeat=self.options.heartbeat)
        self.connection = Connection(self.options.suite, self.options.accept, self.roots, login, now)
        return self.connection

    def feed(self, data, now):
        was_open = self.connection.phase == "open"
        found = self.connection.feed(data, now)
        if self.connection.phase == "open" and not was_open:
            self.online(self.connection.ok, now)
        for message in found:
            self.handle(message, now)
        self.follow(now)

    def online(self, ok, now):
        if ok.Token:
            self.token = ok.Token
        self.uid, self.max_body = ok.UID, ok.MaxBody
        verify = self.inbox.login(ok)
        self.save()
        self.outbox.connected()
        self.asked.clear()
        self.pull_at, self.pull, self.pull_failures = (now if verify or self.inbox.behind() else None), None, 0
        self.told, self.ack_at = ok.Cursor, None
        self.heartbeat = ok.Heartbeat or self.options.heartbeat
        self.nonce, self.pong_by, self.move_at = 0, None, None
        self.beat(now)
        for read in self.reads.values():
            read["at"], read["tries"] = now, 0
        self.emit("online", uid=ok.UID, account=ok.Account, by=self.by, suite=self.connection.suite, head=ok.Head,
                  gate=self.connection.handshake.certificate.Name)

    def refused_login(self, code):
        """Forgets a token that the gate does not take; returns whether to try again."""
        if self.by == "token" and code in (200, 201, 208) and self.options.password:
            self.token = b""
            return True
        return False

    def save(self):
        i = self.inbox
        self.state.__dict__.update(cursor=i.cursor, epoch=i.epoch, fingerprint=i.fingerprint, known=i.known,
                                   token=self.token.hex())
        self.state.save()

    # What the gate says

    def handle(self, message, now):
        getattr(self, "on_" + type(message).__name__)(message, now)

    def on_Notify(self, n, now):
        if self.drop > 0:
            self.drop -= 1
            self.emit("dropped", useq=n.USeq)
            return
        self.row(n.USeq, n.Message)

    def row(self, useq, encoded):
        message = m.Stored.decode(encoded)
        self.take(useq, Row(message.Conv, message.CSeq, message.At, message))

    def take(self, useq, row):
        for useq, row in self.inbox.arrive(useq, row):
            message = row.message
            if message is None:
                continue
            if message.From == self.uid and message.Device == self.state.device and self.outbox.done(message.Counter):
                self.emit("sent", counter=message.Counter, cseq=message.CSeq, useq=useq, found=True)
                continue
            self.emit("message", useq=useq, **self.fields(message))

    def fields(self, message):
        return {"conv": message.Conv.hex(), "cseq": message.CSeq, "from": message.From, "kind": message.Kind,
                "body": message.Body.decode("utf-8", "replace")}

    def on_SendAck(self, ack, now):
        send = self.outbox.done(ack.Counter)
        self.emit("sent", counter=ack.Counter, cseq=ack.CSeq, useq=ack.USeq, again=send is None)
        if send:
            self.take(ack.USeq, Row(send.Conv, ack.CSeq, ack.At))

    def on_Head(self, head, now):
        self.inbox.heard(head.USeq)
        self.pull_soon(now)

    def on_MsgPage(self, page, now):
        if not self.pull or page.Req != self.pull["req"]:
            return
        if page.Status > TOO_LONG:
            raise endings.Broken(f"MsgPage with status {page.Status}")
        first, self.pull["first"], self.pull["by"] = self.pull["first"], False, now + ANSWER
        if self.inbox.page(page, first):
            self.told = page.Floor
            self.emit("reset", status=page.Status, floor=page.Floor, head=page.Head)
        for entry in page.Entries:
            self.row(entry.USeq, entry.Message)
        self.pull["rows"] += len(page.Entries)
        if page.Last:
            done, self.pull = self.pull, None
            self.emit("pulled", after=done["after"], rows=done["rows"], status=page.Status)
            moved = page.Status != OK or self.inbox.cursor > done["after"]
            if self.inbox.behind() and not moved:
                self.pull_failed(now, 0)
            else:
                self.pull_failures = 0
                self.pull_at = now if self.inbox.behind() else None

    def on_ReadOK(self, ok, now):
        read = self.reads.get(ok.Conv)
        if read and ok.CSeq >= read["cseq"]:
            del self.reads[ok.Conv]
        self.emit("read_ok", conv=ok.Conv.hex(), cseq=ok.CSeq)

    def on_ReadBy(self, by, now):
        self.emit("read_by", conv=by.Conv.hex(), uid=by.UID, cseq=by.CSeq)

    def on_DeliveredTo(self, to, now):
        self.emit("delivered", conv=to.Conv.hex(), uid=to.UID, cseq=to.CSeq)

    def on_ConvPage(self, page, now):
        found = self.asked.get(page.Req)
        if found is None:
            return
        found["messages"] += [self.fields(m.Stored.decode(b)) for b in page.Messages]
        found["reads"].update({r.UID: r.CSeq for r in page.Reads})
        if page.Last:
            self.emit("history", head=page.Head, **self.asked.pop(page.Req))

    def on_Users(self, users, now):
        if self.asked.pop(users.Req, None) is not None:
            self.emit("users", users={u.Name: u.UID for u in users.Users})

    def on_Presence(self, presence, now):
        if self.asked.pop(presence.Req, None) is not None:
            self.emit("presence", total=presence.Total, online=[u.UID for u in presence.Users])

    def on_PushOK(self, ok, now):
        if self.asked.pop(ok.Req, None) is not None:
            self.emit("push_ok")

    def on_Pong(self, pong, now):
        if pong.Nonce == self.nonce:
            self.pong_by = None
        self.inbox.heard(pong.Head)
        self.emit("pong", head=pong.Head)

    def on_Error(self, e, now):
        self.emit("refused", of=e.Of, req=e.Req, code=e.Code, retry=e.RetryAfter, detail=e.Detail)
        if e.Of == m.Send.ID:
            if e.Code // 100 == 4:
                self.outbox.busy(e.Req, e.RetryAfter / 1000, now)
            else:
                self.outbox.done(e.Req)
        elif e.Of == m.GetMsg.ID and self.pull and e.Req == self.pull["req"]:
            self.pull_failed(now, e.RetryAfter / 1000)
        else:
            self.asked.pop(e.Req, None)
        if e.Code // 100 in (1, 2):
            raise endings.Ended(e.Code, e.Detail, e.RetryAfter)

    def on_Kicked(self, kicked, now):
        raise endings.Kicked(kicked.Code, kicked.Detail)

    def on_GoAway(self, away, now):
        self.move_at = now + random.uniform(0, away.Window / 1000)
        self.emit("go_away", window=away.Window)

    # What is due

    def follow(self, now):
        """Decides what what was read asks for."""
        if self.connection.phase != "open":
            return
        if self.inbox.behind() and not self.pull and self.pull_at is None:
            self.pull_at = now + GAP
        if not self.inbox.behind() and not self.inbox.void and self.pull_failures:
            self.pull_at, self.pull_failures = None, 0
        unacknowledged = self.inbox.cursor - self.told
        if not self.inbox.void and unacknowledged > 0 and self.ack_at is None:
            self.ack_at = now + LAZY
        if unacknowledged >= ACK_EVERY:
            self.ack_at = now

    def tick(self, now):
        """Sends what is due. Called often."""
        self.connection.now = now
        if self.connection.phase != "open":
            return
        if self.pong_by and now >= self.pong_by:
            raise endings.Lost("no pong")
        if self.move_at and now >= self.move_at:
            raise endings.Moved("asked to go away")
        if now >= self.ping_at and not self.pong_by:
            self.nonce, self.pong_by = self.nonce + 1, now + PONG
            self.connection.send(m.Ping(Nonce=self.nonce))
            self.beat(now)
        self.tick_pull(now)
        sends = self.outbox.due(now)
        for send in sends:
            send.Ack = self.take_ack()
        if not sends and self.ack_at and now >= self.ack_at and not self.inbox.void:
            sends = [m.Ack(USeq=self.take_ack())]
            self.save()
        if sends:
            self.connection.send(*sends)
        for conv, read in self.reads.items():
            if now >= read["at"]:
                self.connection.send(m.Read(Conv=conv, CSeq=read["cseq"]))
                read["at"], read["tries"] = now + min(10 * 2 ** read["tries"], 300), read["tries"] + 1

    def tick_pull(self, now):
        if self.pull and now >= self.pull["by"]:
            self.pull_failed(now, 0)
        if self.pull or self.pull_at is None or now < self.pull_at:
            return
        i = self.inbox
        self.req += 1
        self.pull = {"req": self.req, "after": i.cursor, "first": True, "rows": 0, "by": now + ANSWER}
        self.pull_at = None
        epoch, fingerprint = (i.epoch, i.fingerprint) if i.cursor else (0, 0)
        self.connection.send(m.GetMsg(Req=self.req, After=i.cursor, StoreEpoch=epoch, Fingerprint=fingerprint, Limit=PULL_LIMIT))

    def pull_soon(self, now):
        if not self.pull:
            self.pull_at = now

    def pull_failed(self, now, retry):
        self.pull, self.pull_failures = None, self.pull_failures + 1
        self.pull_at = now + retry + endings.jitter(self.pull_failures)

    def take_ack(self):
        self.ack_at = None
        if self.inbox.void or self.inbox.cursor <= self.told:
            return 0
        self.told = self.inbox.cursor
        return self.told

    def beat(self, now):
        self.ping_at = now + self.heartbeat * random.uniform(0.75, 1)

    # What the application asks

    def send(self, conv, body, kind=1):
        counter = self.state.next_counter()
        self.outbox.add(counter, conv, kind, body)
        return counter

    def read(self, conv, cseq):
        if cseq > self.reads.get(conv, {"cseq": 0})["cseq"]:
            self.reads[conv] = {"cseq": cseq, "at": 0, "tries": 0}

    def ask(self, message, found=None):
        self.req += 1
        message.Req, self.asked[self.req] = self.req, found or {}
        self.connection.send(message)

    def history(self, conv, before=0, after=0, limit=0):
        self.ask(m.GetConv(Conv=conv, Before=before, After=after, Limit=limit), {"messages": [], "reads": {}})

    def conversation_with(self, uid):
        return names.pair(self.uid, uid)
