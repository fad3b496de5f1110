//go:build linux && (amd64 || arm64)

package tcp

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// ring has the kernel send to many sockets in one call. It is an io_uring
// (io_uring(7), since Linux 5.19 with the flag that is asked for here): memory
// shared with the kernel, where entries say what is to be done and, behind them,
// what came of it:
//
//	send … send ─▶ entries ──run, one system call──▶ kernel ─▶ outcomes ─▶ result
//
// All sends carry MSG_DONTWAIT, so that each is done, or refused, when the call
// returns: the kernel keeps no address of ours. The order of outcomes is the
// kernel's, so each carries its number.
type ring struct {
	fd       int
	memory   []byte // of both queues
	entries  []byte // of what is to be done
	tail     *atomic.Uint32
	head     *atomic.Uint32 // the kernel's
	doneHead *atomic.Uint32
	doneTail *atomic.Uint32 // the kernel's
	mask     uint32
	doneMask uint32
	doneAt   uint32 // of the first outcome, in memory

	queued  uint32
	results [ringSize]int32 // bytes, or minus an errno
}

// ringSize is how many sends a call takes; a power of 2.
const ringSize = 32

// untold stands for a send that the kernel has not said anything of.
const untold = -1 << 31

// Of linux/io_uring.h.
const (
	sysRingSetup    = 425
	sysRingEnter    = 426
	ringCoopTaskrun = 1 << 8     // IORING_SETUP_COOP_TASKRUN: no interrupts for what is done in the call
	ringSingleMmap  = 1 << 0     // IORING_FEAT_SINGLE_MMAP
	ringGetEvents   = 1 << 0     // IORING_ENTER_GETEVENTS
	ringEntriesAt   = 0x10000000 // IORING_OFF_SQES
	ringOpSend      = 26         // IORING_OP_SEND
)

// ringParams is struct io_uring_params.
type ringParams struct {
	entries, outcomes, flags, _, _, features, _ uint32

	_    [3]uint32
	todo struct {
		head, tail, mask, _, _, _, array, _ uint32

		_ uint64
	}
	done struct {
		head, tail, mask, _, _, first, _, _ uint32

		_ uint64
	}
}

// ringEntry is struct io_uring_sqe.
type ringEntry struct {
	op     uint8
	_      uint8
	_      uint16
	fd     int32
	_      uint64
	addr   uintptr
	size   uint32
	flags  uint32
	number uint64
	_      [3]uint64
}

// ringOutcome is struct io_uring_cqe.
type ringOutcome struct {
	number uint64
	result int32
	_      uint32
}

// openRing asks the kernel for one; it may be too old, or not allow it
// (kernel.io_uring_disabled, and the filters of containers).
func openRing() (*ring, error) {
	p := ringParams{flags: ringCoopTaskrun}
	fd, _, errno := syscall.Syscall(sysRingSetup, ringSize, uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, os.NewSyscallError("io_uring_setup", errno)
	}
	r := &ring{fd: int(fd)}
	if err := r.share(&p); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// share maps what the kernel has made.
func (r *ring) share(p *ringParams) (err error) {
	if p.features&ringSingleMmap == 0 || p.entries != ringSize {
		return fmt.Errorf("io_uring: %d entries, features %#x: %w", p.entries, p.features, errors.ErrUnsupported)
	}
	size := max(p.todo.array+p.entries*4, p.done.first+p.outcomes*uint32(unsafe.Sizeof(ringOutcome{})))
	if r.memory, err = r.mapped(0, int(size)); err != nil {
		return err
	}
	if r.entries, err = r.mapped(ringEntriesAt, ringSize*int(unsafe.Sizeof(ringEntry{}))); err != nil {
		return err
	}
	r.head, r.tail, r.mask = r.word(p.todo.head), r.word(p.todo.tail), r.word(p.todo.mask).Load()
	r.doneHead, r.doneTail, r.doneMask = r.word(p.done.head), r.word(p.done.tail), r.word(p.done.mask).Load()
	r.doneAt = p.done.first
	for i := range p.entries { // the nth of the queue is the nth entry, for good
		r.word(p.todo.array + 4*i).Store(i)
	}
	return nil
}

func (r *ring) mapped(offset int64, size int) ([]byte, error) {
	b, err := syscall.Mmap(r.fd, offset, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_POPULATE)
	return b, os.NewSyscallError("mmap", err)
}

// word is one that is shared with the kernel.
func (r *ring) word(offset uint32) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&r.memory[offset]))
}

// send has the next run send p, which is not empty. The caller sees to it that
// there is room, and keeps p and fd until then.
func (r *ring) send(fd int32, p []byte) {
	i := (r.tail.Load() + r.queued) & r.mask
	e := (*ringEntry)(unsafe.Pointer(&r.entries[uintptr(i)*unsafe.Sizeof(ringEntry{})]))
	*e = ringEntry{
		op: ringOpSend, fd: fd, addr: uintptr(unsafe.Pointer(unsafe.SliceData(p))), size: uint32(len(p)),
		flags: syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL, number: uint64(r.queued),
	}
	r.results[r.queued] = untold
	r.queued++
}

// run does what was queued. It is a call that does not wait, like those of
// call_linux.go, and the runtime is not told for the same reason.
func (r *ring) run() {
	want := r.queued
	r.queued = 0
	r.tail.Store(r.tail.Load() + want)
	for taken := uint32(0); taken < want; {
		n, errno := r.enter(want-taken, 0, 0)
		if n == 0 && errno != syscall.EINTR {
			r.tail.Store(r.head.Load()) // what it did not take stays untold
			want = taken
			break
		}
		taken += n
	}
	for told := r.collect(); told < want; told += r.collect() { // never seen, but the kernel promises it to nobody
		if _, errno := r.enter(0, 1, ringGetEvents); errno != 0 && errno != syscall.EINTR {
			return
		}
	}
}

// enter is io_uring_enter.
func (r *ring) enter(submit, wait uint32, flags uintptr) (n uint32, errno syscall.Errno) {
	taken, _, errno := syscall.RawSyscall6(sysRingEnter, uintptr(r.fd), uintptr(submit), uintptr(wait), flags, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return uint32(taken), 0
}

// collect takes the outcomes that are there, and returns how many.
func (r *ring) collect() (n uint32) {
	head, tail := r.doneHead.Load(), r.doneTail.Load()
	for i := head; i != tail; i++ {
		o := (*ringOutcome)(unsafe.Pointer(&r.memory[uintptr(r.doneAt)+uintptr(i&r.doneMask)*unsafe.Sizeof(ringOutcome{})]))
		if o.number < ringSize {
			r.results[o.number] = o.result
		}
	}
	r.doneHead.Store(tail)
	return tail - head
}

// close gives back memory and number.
func (r *ring) close() error {
	var errs []error
	for _, b := range [][]byte{r.memory, r.entries} {
		if b != nil {
			errs = append(errs, os.NewSyscallError("munmap", syscall.Munmap(b)))
		}
	}
	r.memory, r.entries = nil, nil
	return errors.Join(append(errs, os.NewSyscallError("close", syscall.Close(r.fd)))...)
}
