package state

import (
	"io"
	"log/slog"
	"os"
	"time"
)

// OtherBoot opens a journal as after the machine was started again.
func OtherBoot(dir string, job Job, token string, start time.Time, log *slog.Logger) (*Journal, error) {
	sys := thisKernel()
	sys.bootID = func() string { return "another" }
	return openJournal(dir, job, token, start, log, sys)
}

// OnNetwork opens a journal as on a file system of another machine.
func OnNetwork(dir string, job Job, token string, start time.Time, log *slog.Logger) (*Journal, error) {
	sys := thisKernel()
	sys.identity = func(*os.File) string { return unknown }
	return openJournal(dir, job, token, start, log, sys)
}

// LockFile and JournalFile are the names of a job's files.
func LockFile(job Job) string    { return job.file("lock") }
func JournalFile(job Job) string { return job.file("journal") }

// Limit is the greatest length of a journal, and Kept that of what remains of
// earlier runs.
const (
	Limit = maxJournal
	Kept  = maxKept
	Slack = slack
)

// Broken lets the journal's file take so many more bytes, and then fail. Without
// erasable the file can be neither removed nor emptied any more.
func (j *Journal) Broken(room int, cause error, removable, erasable bool) {
	broken := &brokenFile{handle: j.file, out: j.out, room: room, cause: cause, erasable: erasable}
	j.file, j.out = broken, broken
	if !removable {
		j.remove = func(string) error { return cause }
	}
}

// Hang lets no call to the journal's file come back before release is closed.
func (j *Journal) Hang(release <-chan struct{}) {
	hung := hungFile{j.file, release}
	j.file, j.out = hung, hung
	j.remove = func(string) error { <-release; return nil }
}

type hungFile struct {
	handle
	release <-chan struct{}
}

func (h hungFile) Write(p []byte) (int, error) { <-h.release; return len(p), nil }
func (h hungFile) Close() error                { <-h.release; return h.handle.Close() }
func (h hungFile) Truncate(int64) error        { <-h.release; return nil }

// Advice is the hint that a user with that id gets.
func Advice(e *DirError, user uint32) string { return advice(e.Dir, e.Err, user) }

// Patience is how long a folder may take to be opened, and a mail to be noted.
const (
	Patience     = patience
	NotePatience = notePatience
)

type brokenFile struct {
	handle
	out      io.Writer
	room     int
	cause    error
	erasable bool
}

func (b *brokenFile) Write(p []byte) (int, error) {
	if len(p) <= b.room {
		b.room -= len(p)
		return b.out.Write(p)
	}
	n, err := b.out.Write(p[:b.room])
	b.room = 0
	if err == nil {
		err = b.cause
	}
	return n, err
}

func (b *brokenFile) Truncate(size int64) error {
	if !b.erasable {
		return b.cause
	}
	return b.handle.Truncate(size)
}

// Rewritten returns what is left of a journal when the next run begins.
func Rewritten(content []byte) (facts map[string][2]bool, err error) {
	f, err := parse(content)
	past := newHistory(f.runs)
	facts = map[string][2]bool{}
	for id, sent := range past.sent {
		facts[id] = [2]bool{sent, past.open[id]}
	}
	return facts, err
}
