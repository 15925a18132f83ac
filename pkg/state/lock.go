// Package state keeps what belongs to this host alone, in a folder of files:
// so far, the locks by which one run of a kind goes at a time.
//
// Nothing depends on it for the promise that each mail leaves once, which the
// ledger in Odoo keeps for all hosts. The folder may be lost at any time.
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

// file returns the name of the job's lock.
func (j Job) file() string {
	sum := sha256.Sum256([]byte(j.Instance + "\n" + j.Shard))
	return strings.ReplaceAll(j.Command, " ", "-") + "-" + hex.EncodeToString(sum[:6]) + ".lock"
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

// Lock takes the job's lock in dir, which is made if it does not exist, or
// returns a *LockedError. The operating system releases the lock with the
// process, however that ends; release does it earlier.
func Lock(dir string, job Job, now time.Time) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make state_dir: %w", err)
	}
	path := filepath.Join(dir, job.file())
	lock := flock.New(path, flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("take the lock in state_dir: %w", err)
	}
	if !got {
		return nil, lockedBy(path, job)
	}
	content, err := json.Marshal(holder{PID: os.Getpid(), Since: now.UTC()})
	if err == nil {
		err = os.WriteFile(path, append(content, '\n'), 0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write the lock in state_dir: %w", err), lock.Unlock())
	}
	return func() { _ = lock.Unlock() }, nil
}

func lockedBy(path string, job Job) error {
	e := &LockedError{Job: job}
	var h holder
	if content, err := os.ReadFile(path); err == nil && json.Unmarshal(content, &h) == nil {
		e.PID, e.Since = h.PID, h.Since
	}
	return e
}
