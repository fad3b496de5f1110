"""The user's inbox in its order (section 12). It knows no connection and no clock."""

from . import names

HELD_ROWS, HELD_BYTES = 1024, 1 << 20
OK, RESET, TOO_LONG = 0, 1, 2


class Row:
    """A row that arrived. message is None for a send of one's own."""

    def __init__(self, conv, cseq, at, message=None):
        self.conv, self.cseq, self.at, self.message = conv, cseq, at, message

    def size(self):
        return len(self.message.Body) if self.message else 0


class Inbox:
    def __init__(self, cursor=0, epoch=0, fingerprint=0, known=False):
        self.cursor, self.epoch, self.fingerprint, self.known = cursor, epoch, fingerprint, known
        self.head, self.void, self.held, self.bytes = cursor, False, {}, 0

    def behind(self):
        return self.void or self.head > self.cursor

    def login(self, ok):
        """Returns whether to pull whatever the head says."""
        self.held, self.bytes = {}, 0
        if not self.known:
            self.cursor, self.epoch, self.known = ok.Cursor, ok.StoreEpoch, True
        if self.cursor == 0:
            self.epoch = ok.StoreEpoch
        self.void = self.cursor > 0 and (self.epoch != ok.StoreEpoch or ok.Head < self.cursor)
        self.head = ok.Head
        return self.cursor > 0

    def heard(self, useq):
        self.head = max(self.head, useq)

    def arrive(self, useq, row):
        """Returns the rows whose turn has come, as (useq, row)."""
        self.heard(useq)
        if self.void or useq <= self.cursor:
            return []
        if useq > self.cursor + 1:
            if useq - self.cursor <= HELD_ROWS and self.bytes + row.size() <= HELD_BYTES and useq not in self.held:
                self.held[useq] = row
                self.bytes += row.size()
            return []
        ready = []
        while row:
            self.cursor = useq
            self.fingerprint = names.fingerprint(row.conv, row.cseq, row.at)
            ready.append((useq, row))
            useq += 1
            row = self.held.pop(useq, None)
            self.bytes -= row.size() if row else 0
        return ready

    def page(self, page, first):
        """Takes the head of a MsgPage; returns whether the place was lost."""
        if page.Status == OK:
            self.void, self.epoch = False, page.StoreEpoch
            self.heard(page.Head)
            return False
        if first:
            self.__init__(page.Floor, page.StoreEpoch, 0, known=True)
            self.heard(page.Head)
        return first
