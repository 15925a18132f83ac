package state

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// Job identifies what must not run twice at the same time on this host.
type Job struct {
	// Command is the command's name, as in "remind".
	Command string
	// Instance is Odoo's URL and database.
	Instance string
	// Shard is the part of the records that the run takes, as in "0/4".
	Shard string
}

// file returns the name of the job's file of a kind.
func (j Job) file(kind string) string {
	sum := sha256.Sum256([]byte(j.Instance + "\n" + j.Shard))
	return strings.ReplaceAll(j.Command, " ", "-") + "-" + hex.EncodeToString(sum[:6]) + "." + kind
}

// LockedError says that the job runs already.
type LockedError struct {
	Job Job
	// PID and Since are of the process that holds the lock; zero when they
	// cannot be read.
	PID   int
	Since time.Time
}

func (e *LockedError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d, since %s", e.PID, e.Since.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("a %s run for this Odoo is under way on this host (%s)", e.Job.Command, who)
}

// Hint returns advice.
func (e *LockedError) Hint() string {
	return "wait for its end; if schedules overlap, run it less often"
}

// holder is the content of a lock file.
type holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// DirError says that the folder for this host's files cannot be used.
type DirError struct {
	Dir string
	Err error
}

func (e *DirError) Error() string { return fmt.Sprintf("use state_dir %s: %v", e.Dir, e.Err) }

// Unwrap returns the cause.
func (e *DirError) Unwrap() error { return e.Err }

// Hint returns advice.
func (e *DirError) Hint() string {
	return advice(e.Dir, e.Err, userID())
}

// Lock takes the job's lock in dir and makes dir if it does not exist. Its error
// is a [*LockedError] or a [*DirError]. The lock ends with release, or with the
// process, however that ends.
func Lock(dir string, job Job, now time.Time) (release func(), err error) {
	var f locked
	err = within(patience, func() error {
		folder, err := openFolder(dir)
		if err != nil {
			return err
		}
		file, err := lock(folder, job, now)
		f = file
		return err
	})
	if _, held := errors.AsType[*LockedError](err); held {
		return nil, err
	}
	if err != nil {
		return nil, &DirError{Dir: dir, Err: fmt.Errorf("take the lock: %w", err)}
	}
	return func() { _ = within(notePatience, f.Close) }, nil
}

// locked is an open file that this process has locked (flock(2)).
type locked struct{ *os.File }

// lockFile locks a file that is open, or returns errHeld.
func lockFile(f *os.File) (locked, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errHeld
	}
	return locked{f}, err
}

// errHeld says that another process has locked a file.
var errHeld = errors.New("another process holds the lock")

// Close ends the lock and closes the file. Closing alone would leave the lock to a child
// process that was forked just now and whose program has not begun.
func (l locked) Close() error {
	return errors.Join(syscall.Flock(int(l.Fd()), syscall.LOCK_UN), l.File.Close())
}

// lock opens the job's lock file, locks it and writes who holds it.
func lock(dir folder, job Job, now time.Time) (locked, error) {
	file, err := dir.open(job.file("lock"), os.O_CREATE)
	if err != nil {
		return locked{}, err
	}
	f, err := lockFile(file)
	switch {
	case errors.Is(err, errHeld):
		return locked{}, errors.Join(lockedBy(file, job), file.Close())
	case err != nil:
		return locked{}, errors.Join(err, file.Close())
	}
	content, err := json.Marshal(holder{PID: os.Getpid(), Since: now.UTC()})
	if err == nil && f.Truncate(0) == nil {
		// Only people read it, so the run goes on when it cannot be written.
		_, _ = f.WriteAt(append(content, '\n'), 0)
	}
	return f, nil
}

// maxHolder is the greatest length of a lock file's text.
const maxHolder = 1 << 10

// lockedBy returns the error for a lock that another process holds. The file
// names the process before until the new one has written its own text.
func lockedBy(f *os.File, job Job) error {
	e := &LockedError{Job: job}
	var h holder
	if content, err := io.ReadAll(io.LimitReader(f, maxHolder)); err == nil && json.Unmarshal(content, &h) == nil && alive(h.PID) {
		e.PID, e.Since = h.PID, h.Since
	}
	return e
}

func alive(pid int) bool {
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
