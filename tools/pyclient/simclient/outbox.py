"""Messages on their way to the gate (section 11)."""

from .messages import Send

WINDOW = 1024
PATIENCE, MOST_DOUBLINGS = 10, 6
PAUSE_FIRST, PAUSE_MOST = 0.25, 30


class Outbox:
    def __init__(self):
        self.open = {}  # counter → Send, in order
        self.wired = {}  # counter → when it was written, of those on this connection
        self.limit, self.until, self.misses, self.repeats = WINDOW, 0, 0, 0

    def add(self, counter, conv, kind, body):
        self.open[counter] = Send(Counter=counter, Conv=conv, Kind=kind, Body=body)

    def connected(self):
        self.wired.clear()
        self.limit, self.until, self.repeats = WINDOW, 0, 0

    def due(self, now):
        """Returns the Sends to write now."""
        patience = PATIENCE * 2 ** min(self.repeats, MOST_DOUBLINGS)
        late = [c for c, at in self.wired.items() if now - at >= patience]
        self.repeats += bool(late)
        for counter in late:
            del self.wired[counter]
        ready = []
        before = 0  # the oldest ones are answered
        for counter, send in self.open.items():
            if now < self.until or len(self.wired) >= self.limit:
                break
            if counter not in self.wired:
                self.wired[counter] = now
                send.After = before
                ready.append(send)
            before = counter
        return ready

    def done(self, counter):
        """Takes an answer; None when nobody waits for it."""
        send = self.open.pop(counter, None)
        if send:
            self.wired.pop(counter, None)
            self.misses, self.limit = 0, min(self.limit + 1, WINDOW)
        return send

    def busy(self, counter, retry, now):
        """Takes a refusal for now; returns whether somebody waits for it."""
        if self.wired.pop(counter, None) is None:
            return False
        wait = retry or min(PAUSE_FIRST * 2 ** self.misses, PAUSE_MOST)
        self.misses += now >= self.until
        self.limit, self.until = 1, max(self.until, now + wait)
        return True
