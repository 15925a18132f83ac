package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

const (
	// rateName is the file with the time at which the last mail of this host began, in
	// nanoseconds since 1970.
	rateName = "mails.rate"
	// ratePause is how long a process waits that finds the file locked: whoever has it
	// reads and writes it at once.
	ratePause = 2 * time.Millisecond
	maxRate   = 64
)

// damaged is the time in a file in which none can be read: one that is still to come.
func damaged() time.Time { return time.Unix(0, math.MaxInt64) }

// Rate lets mails begin one by one, with the time between two of them in which so many a
// minute begin. All processes with the same folder count together: a file there has the
// time of the last mail. It is locked while it is read and written, and not while a mail
// is sent. Without a folder the mails of this process count alone.
//
// A damaged file and a clock that was put back make a mail wait once more, a lost file
// lets one begin at once. A process that dies while it waits has taken nothing.
type Rate struct {
	dir      string
	interval time.Duration
	now      func() time.Time

	mu   sync.Mutex
	last time.Time // without a folder
}

var _ ledger.Rate = (*Rate)(nil)

// NewRate returns a Rate of so many mails a minute, at least one. Now is the wall clock
// of this host.
func NewRate(dir string, perMinute int, now func() time.Time) *Rate {
	return &Rate{dir: dir, interval: time.Minute / time.Duration(perMinute), now: now}
}

// Begin implements [ledger.Rate].
func (r *Rate) Begin(ctx context.Context, within time.Duration) error {
	return r.await(ctx, within, true)
}

// Wait implements [ledger.Rate].
func (r *Rate) Wait(ctx context.Context) error { return r.await(ctx, math.MaxInt64, false) }

func (r *Rate) await(ctx context.Context, within time.Duration, begin bool) error {
	for since := r.now(); ctx.Err() == nil; {
		wait, err := r.look(begin)
		switch {
		case err != nil:
			return err
		case wait <= 0:
			return nil
		case wait > within-r.now().Sub(since):
			return ledger.ErrRate
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	return context.Cause(ctx)
}

// look returns how long the next mail has to wait. If that is not at all, and it begins,
// its time is the last one from then on.
func (r *Rate) look(begin bool) (time.Duration, error) {
	if r.dir == "" {
		r.mu.Lock()
		defer r.mu.Unlock()
		var wait time.Duration
		r.last, wait = r.next(r.last, begin)
		return wait, nil
	}
	wait, err := hostfile.Within(notePatience, func() (time.Duration, error) {
		file, err := r.open()
		if err != nil {
			return 0, err
		}
		wait, err := r.lookAt(file, begin)
		return wait, errors.Join(err, file.Close())
	})
	if err != nil {
		err = &DirError{Dir: r.dir, Err: fmt.Errorf("count the mails of this host: %w", err)}
	}
	return wait, err
}

// open opens the file, when no other process has it.
func (r *Rate) open() (locked, error) {
	dir, err := openFolder(r.dir)
	if err != nil {
		return locked{}, err
	}
	file, err := dir.open(rateName, os.O_CREATE)
	if err != nil {
		return locked{}, err
	}
	held, err := lockFile(file)
	for tries := notePatience / ratePause; errors.Is(err, errHeld) && tries > 0; tries-- {
		<-time.After(ratePause)
		held, err = lockFile(file)
	}
	if err != nil {
		return locked{}, errors.Join(err, file.Close())
	}
	return held, nil
}

func (r *Rate) lookAt(file locked, begin bool) (time.Duration, error) {
	text, err := io.ReadAll(io.LimitReader(file, maxRate))
	if err != nil {
		return 0, err
	}
	var last time.Time
	if len(text) > 0 {
		last = damaged()
		if at, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			last = time.Unix(0, at)
		}
	}
	next, wait := r.next(last, begin)
	if next.Equal(last) {
		return wait, nil
	}
	// It has the same length always, so that half of it is never written.
	_, err = file.WriteAt(fmt.Appendf(nil, "%020d\n", next.UnixNano()), 0)
	return wait, err
}

// next returns how long the next mail has to wait after the last one, and when the last
// one began, which is now if it begins, and if that is later than now.
func (r *Rate) next(last time.Time, begin bool) (time.Time, time.Duration) {
	now := r.now()
	if last.After(now) {
		last = now
	}
	wait := r.interval - now.Sub(last)
	if last.IsZero() {
		wait = 0
	}
	if wait <= 0 && begin {
		last = now
	}
	return last, wait
}
