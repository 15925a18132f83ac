package state

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

const (
	// maxJournal bounds the file. A run that needs more goes on without it.
	maxJournal = 16 << 20
	// maxKept and keepFor bound what is kept of earlier runs. They are not
	// dropped at once, because Odoo may carry out a dead run's last call late.
	maxKept = 1 << 20
	keepFor = 7 * 24 * time.Hour
)

// Journal is the file in which a job notes the mails that it has in hand. Use
// [OpenJournal] to make one. Several goroutines may use it.
type Journal struct {
	path string
	log  *slog.Logger
	past history
	sys  kernel

	mu sync.Mutex
	// file is nil after the journal was given up: nothing is noted any more.
	// out writes to it.
	file handle
	out  io.Writer
	sum  uint32
	size int
	// stuck is why a journal that says too little could not be erased.
	stuck error
	// remove deletes the file by its name.
	remove func(path string) error
}

var _ ledger.Journal = (*Journal)(nil)

// handle is what a journal does with an *os.File besides writing to it.
type handle interface {
	io.Closer
	Truncate(size int64) error
}

// OpenJournal reads what the job's earlier runs noted, and begins to note for
// the run with the token, which began at start. The caller holds the job's lock
// (see [Lock]).
//
// A journal that cannot be written is given up with a warning. The error is a
// [*LockedError] when another run uses the journal all the same, as after
// somebody deleted the lock file, and a [*DirError] when the file can't be opened.
func OpenJournal(dir string, job Job, token string, start time.Time, log *slog.Logger) (*Journal, error) {
	return openJournal(dir, job, token, start, log, thisKernel())
}

func openJournal(dir string, job Job, token string, start time.Time, log *slog.Logger, sys kernel) (*Journal, error) {
	var j *Journal
	err := within(patience, func() (err error) {
		j, err = takeOver(dir, job, token, start, log, sys)
		return err
	})
	if _, locked := errors.AsType[*LockedError](err); locked {
		return nil, err
	}
	if err != nil {
		return nil, &DirError{Dir: dir, Err: fmt.Errorf("open the journal: %w", err)}
	}
	return j, nil
}

// takeOver reads the journal that is there and puts a new one in its place.
func takeOver(dir string, job Job, token string, start time.Time, log *slog.Logger, sys kernel) (*Journal, error) {
	home, err := lookAt(dir)
	if err != nil {
		return nil, err
	}
	name := job.file("journal")
	j := &Journal{path: filepath.Join(dir, name), log: log, sys: sys, remove: os.Remove}
	var kept []run
	old, err := take(home, name, 0, job)
	switch {
	case err == nil:
		defer old.Close() //nolint:errcheck // It was read, and is replaced.
		kept = j.read(old.File)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	kept = recent(kept, start)
	j.past = newHistory(kept)
	if err := j.begin(home, kept, job, token, start); err != nil {
		if _, foreign := errors.AsType[*ownerError](err); foreign {
			return nil, err
		}
		j.giveUp(err, func() error { return nil })
	}
	return j, nil
}

// take opens a journal and locks it. This lock shows that its run is alive even
// when the job's lock file was deleted.
func take(home folder, name string, flag int, job Job) (locked, error) {
	file, err := home.open(name, flag)
	if err != nil {
		return locked{}, err
	}
	f, err := lockFile(file)
	switch {
	case errors.Is(err, errHeld):
		return locked{}, errors.Join(&LockedError{Job: job}, file.Close())
	case err != nil:
		return locked{}, errors.Join(fmt.Errorf("lock the journal: %w", err), file.Close())
	}
	return f, nil
}

// begin replaces the file by a new journal with what is kept of the old one.
func (j *Journal) begin(home folder, kept []run, job Job, token string, start time.Time) error {
	fresh := j.path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := take(home, filepath.Base(fresh), os.O_CREATE|os.O_EXCL, job)
	if err != nil {
		return err
	}
	whole := bufio.NewWriter(f)
	j.file, j.out = f, whole
	err = j.write("journal", "1", j.sys.bootID(), j.sys.identity(f.File))
	for _, r := range kept {
		err = errors.Join(err, r.writeTo(j))
	}
	if err = errors.Join(err, whole.Flush()); err == nil {
		err = os.Rename(fresh, j.path)
	}
	j.out = f
	if err == nil {
		// Renaming counts as a change of the file, so that a line has to follow it.
		err = run{token: token, started: start, whole: true}.writeTo(j)
	}
	if err != nil {
		_ = os.Remove(fresh) // It may have been renamed already.
	}
	return err
}

// Begun notes that a mail is about to be begun. If that is impossible the
// journal is given up, and the mail goes on under the rules that hold without
// one. Begun returns an error if the file cannot even be erased: the next run
// would read it and believe that the mail was never begun.
func (j *Journal) Begun(messageID string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.note("begun", messageID)
	return j.stuck
}

// Ended notes that a mail has left, or surely has not.
func (j *Journal) Ended(messageID string, sent bool) {
	word := "unsent"
	if sent {
		word = "sent"
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.note(word, messageID)
}

// note writes a line. Half a line would spoil the next one, so nothing is
// written after a failure.
func (j *Journal) note(word, messageID string) {
	if j.file == nil {
		return
	}
	err := within(notePatience, func() error { return j.write(word, messageID) })
	switch {
	case errors.Is(err, hostfile.ErrHangs):
		j.giveUp(err, func() error { return err }) // Another call would not come back either.
	case err != nil:
		j.giveUp(err, func() error {
			err := j.remove(j.path)
			if err == nil || errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if j.file.Truncate(0) == nil {
				return nil
			}
			return err
		})
	}
}

// giveUp ends the journal because of an error. Erase makes sure that nothing is
// concluded from the file.
func (j *Journal) giveUp(cause error, erase func() error) {
	if err := erase(); err != nil {
		if !errors.Is(err, cause) {
			cause = errors.Join(cause, err)
		}
		j.stuck = &DirError{Dir: filepath.Dir(j.path), Err: fmt.Errorf("note a mail before it is sent: %w", cause)}
	} else {
		j.log.Warn("the journal in state_dir cannot be written; if this run dies, a whole batch of mails becomes uncertain",
			"file", j.path, "batch", ledger.BatchSize, "error", cause)
	}
	if j.file != nil && !errors.Is(cause, hostfile.ErrHangs) {
		_ = j.file.Close() // What it holds does not count any more.
	}
	j.file = nil
}

// write appends one line: a checksum of all lines so far and this one, the
// kernel's time, and the words.
func (j *Journal) write(words ...string) error {
	for _, w := range words {
		if w == "" || strings.ContainsAny(w, " \r\n") {
			return fmt.Errorf("%q cannot be noted", w)
		}
	}
	body := fmt.Sprintf("%d %s", j.sys.now(), strings.Join(words, " "))
	sum := checksum(j.sum, body)
	line := fmt.Sprintf("%08x %s\n", sum, body)
	if j.size+len(line) > maxJournal {
		return fmt.Errorf("it has reached %d bytes", maxJournal)
	}
	if _, err := io.WriteString(j.out, line); err != nil {
		return err
	}
	j.sum, j.size = sum, j.size+len(line)
	return nil
}

func checksum(before uint32, body string) uint32 {
	return crc32.Update(before, crc32.MakeTable(crc32.Castagnoli), []byte(body))
}

// Lookup returns what earlier runs noted about a mail.
func (j *Journal) Lookup(token, messageID string) ledger.LocalStatus {
	return j.past.status(token, messageID)
}

// Mails returns the mails that earlier runs noted as sent or begun, sorted.
func (j *Journal) Mails() []string {
	mails := map[string]bool{}
	for _, noted := range []map[string]bool{j.past.sent, j.past.open} {
		for id, yes := range noted {
			mails[id] = mails[id] || yes
		}
	}
	maps.DeleteFunc(mails, func(_ string, yes bool) bool { return !yes })
	return slices.Sorted(maps.Keys(mails))
}

// Close closes the file, which remains for the next run.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := within(notePatience, j.file.Close)
	j.file = nil
	return err
}
