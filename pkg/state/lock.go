package state

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Job names what must not run twice at once on this host.
type Job struct {
	// Command is "remind".
	Command string
	// Instance is Odoo's URL and database.
	Instance string
	// Shard is the part of the records, as in "0/4".
	Shard string
}

// file returns the name of one of the job's files.
func (j Job) file(kind string) string {
	sum := sha256.Sum256([]byte(j.Instance + "\n" + j.Shard))
	return strings.ReplaceAll(j.Command, " ", "-") + "-" + hex.EncodeToString(sum[:6]) + "." + kind
}

// LockedError says that the job runs already.
type LockedError struct {
	Job Job
	// PID and Since are the holder's; zero when they cannot be read.
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

// Hint tells what to do.
func (e *LockedError) Hint() string {
	return "wait for its end; if schedules overlap, run it less often"
}

// holder is what a lock file says about who holds it.
type holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// DirError says that the folder of this host's files is of no use.
type DirError struct {
	Dir string
	Err error
}

func (e *DirError) Error() string { return fmt.Sprintf("use state_dir %s: %v", e.Dir, e.Err) }

// Unwrap returns what is wrong with it.
func (e *DirError) Unwrap() error { return e.Err }

// Hint tells what to do.
func (e *DirError) Hint() string {
	return "set state_dir to a folder that this user can write to, or to none to do without lock and journal"
}

// Lock takes the job's lock in dir, which is made if it does not exist, or
// returns a *LockedError or a *DirError. The operating system releases the lock
// with the process, however that ends; release does it earlier.
func Lock(dir string, job Job, now time.Time) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &DirError{Dir: dir, Err: err}
	}
	path := filepath.Join(dir, job.file("lock"))
	lock := flock.New(path, flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return nil, &DirError{Dir: dir, Err: fmt.Errorf("take the lock: %w", err)}
	}
	if !got {
		return nil, lockedBy(path, job)
	}
	content, err := json.Marshal(holder{PID: os.Getpid(), Since: now.UTC()})
	if err == nil {
		// It only tells people who holds the lock, also when the disk is full.
		_ = os.WriteFile(path, append(content, '\n'), 0o600)
	}
	return func() { _ = lock.Unlock() }, nil
}

// lockedBy says who holds a lock. Its text is the last holder's as long as the
// next one has not written his.
func lockedBy(path string, job Job) error {
	e := &LockedError{Job: job}
	var h holder
	if content, err := os.ReadFile(path); err == nil && json.Unmarshal(content, &h) == nil && alive(h.PID) {
		e.PID, e.Since = h.PID, h.Since
	}
	return e
}

// alive tells whether there is such a process.
func alive(pid int) bool {
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
