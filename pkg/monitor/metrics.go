package monitor

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Ended is a run that ended, as it is told to a monitor.
type Ended struct {
	// Command is the run's, as in "feedback send".
	Command string
	// Shard is the part of the records that it took, as in "0/4"; empty for all.
	Shard string
	// Finished is when it ended, Took for how long it ran.
	Finished time.Time
	Took     time.Duration
	Exit     int
	Counts   report.Counts
	// Calls is how many calls Odoo got.
	Calls int
	// KeyEnds is when the API key for Odoo ends; zero if it does not, or nobody knows.
	KeyEnds time.Time
}

// metric is one of the metrics, with its help.
type metric struct{ name, help string }

// The names of metrics with times and exit statuses.
const (
	lastSuccess = "crm_tool_last_success_timestamp_seconds"
	lastRun     = "crm_tool_last_run_timestamp_seconds"
	exitCode    = "crm_tool_last_exit_code"
	duration    = "crm_tool_duration_seconds"
	records     = "crm_tool_records"
	calls       = "crm_tool_odoo_calls"
	keyExpires  = "crm_tool_key_expires_timestamp_seconds"
)

// metrics returns all metrics, in the order of the file.
func metrics() []metric {
	return []metric{
		{lastRun, "When the last run of the command ended, as Unix time."},
		{lastSuccess, "When the last run of the command ended that had exit status 0, as Unix time."},
		{exitCode, "Exit status of the last run; crm-tool help exit-codes tells what it means."},
		{duration, "How long the last run took, in seconds."},
		{records, "Records of the last run, by outcome and reason."},
		{calls, "Calls to Odoo that the last run made."},
		{keyExpires, "When the API key for Odoo ends, as Unix time; missing if it does not, or nobody knows."},
	}
}

// MetricNames returns the names of all metrics.
func MetricNames() []string {
	var names []string
	for _, m := range metrics() {
		names = append(names, m.name)
	}
	return names
}

// sample is a line of the file. Command and shard say whose it is; more are its other
// labels as they are written.
type sample struct {
	name, command, shard, more, value string
}

var (
	sampleForm = regexp.MustCompile(`^(crm_tool_[a-z_]+)\{command="([a-z -]*)"(?:,shard="(\d+/\d+)")?((?:,[a-z]+="[a-z-]*")*)\} (-?[0-9.e+]+)$`)
	shardForm  = regexp.MustCompile(`^\d+/(\d+)$`)
)

// String returns the line as it is written.
func (s sample) String() string {
	shard := ""
	if s.shard != "" {
		shard = `,shard="` + s.shard + `"`
	}
	return fmt.Sprintf("%s{command=%q%s%s} %s", s.name, s.command, shard, s.more, s.value)
}

// read returns the samples in a file. Lines of another form are left out: what replaces a
// damaged file has what can be read of it.
func read(content []byte) []sample {
	var found []sample
	for line := range strings.Lines(string(content)) {
		if m := sampleForm.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil && slices.Contains(MetricNames(), m[1]) {
			found = append(found, sample{m[1], m[2], m[3], m[4], m[5]})
		}
	}
	return found
}

// Update returns the textfile after a run, given what was in it. What other commands and
// other parts of this command left stays. After a run that failed, so does the last success
// and, if nobody knows it now, the key's end.
func Update(before []byte, e Ended) []byte {
	all := slices.DeleteFunc(read(before), func(s sample) bool { return e.replaces(s) })
	all = append(all, e.samples()...)
	slices.SortStableFunc(all, func(a, b sample) int { return strings.Compare(a.command+a.shard, b.command+b.shard) })
	var b strings.Builder
	for _, m := range metrics() {
		first := true
		for _, s := range all {
			if s.name != m.name {
				continue
			}
			if first {
				fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n", m.name, m.help, m.name)
			}
			first = false
			fmt.Fprintln(&b, s)
		}
	}
	return []byte(b.String())
}

// replaces tells whether a line of an earlier run does not hold any more.
func (e Ended) replaces(s sample) bool {
	if s.command != e.Command {
		return false
	}
	if s.shard == e.Shard {
		return e.Exit == 0 || s.name != lastSuccess && (s.name != keyExpires || !e.KeyEnds.IsZero())
	}
	// The parts of another division are gone.
	before, now := shardForm.FindStringSubmatch(s.shard), shardForm.FindStringSubmatch(e.Shard)
	return before == nil || now == nil || before[1] != now[1]
}

func (e Ended) samples() []sample {
	line := func(name, more, value string) sample { return sample{name, e.Command, e.Shard, more, value} }
	second := func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
	all := []sample{
		line(lastRun, "", second(e.Finished)),
		line(exitCode, "", strconv.Itoa(e.Exit)),
		line(duration, "", strconv.FormatFloat(max(0, e.Took).Seconds(), 'f', 3, 64)),
		line(calls, "", strconv.Itoa(e.Calls)),
	}
	if e.Exit == 0 {
		all = append(all, line(lastSuccess, "", second(e.Finished)))
	}
	if !e.KeyEnds.IsZero() {
		all = append(all, line(keyExpires, "", second(e.KeyEnds)))
	}
	for _, o := range report.Outcomes() {
		reasons := e.Counts.Reasons(o)
		if len(reasons) == 0 && (o == report.Skipped || o == report.Failed) {
			reasons = map[crm.Reason]int{"": 0} // There is always something to alert on.
		}
		for _, reason := range slices.Sorted(maps.Keys(reasons)) {
			all = append(all, line(records, fmt.Sprintf(`,outcome=%q,reason=%q`, o, reason), strconv.Itoa(reasons[reason])))
		}
	}
	return all
}

const (
	// metricsMost is the longest file that is read, in bytes.
	metricsMost = 1 << 20
	// lockPatience is how long another run may have the file in hand, and lockPause how
	// long to wait before another look.
	lockPatience = 5 * time.Second
	lockPause    = 20 * time.Millisecond
)

// WriteMetrics writes the run's metrics into a textfile, in one step: a reader sees the
// old file or the new one. Every user may read it, as node_exporter is another one. Runs
// at the same time wait for each other by a lock on the file's folder, which leaves
// nothing there. The error is an [*fs.PathError].
func WriteMetrics(ctx context.Context, path string, e Ended) error {
	fail := func(err error) error {
		if inner, ok := errors.AsType[*fs.PathError](err); ok {
			err = inner.Err
		}
		return &fs.PathError{Op: "write the metrics to", Path: path, Err: err}
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fail(err)
	}
	defer dir.Close() //nolint:errcheck // It was only locked.
	lockFolder(ctx, dir)
	before, err := readSome(path)
	if err != nil {
		return fail(err)
	}
	// Whatever the umask is.
	err = renameio.WriteFile(path, Update(before, e), 0o644, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o644))
	if err != nil {
		return fail(err)
	}
	return nil
}

// Writable tells whether this user can write the textfile. It changes nothing.
func Writable(path string) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		err = syscall.ENOTDIR
	default:
		err = unix.Access(dir, unix.W_OK|unix.X_OK)
	}
	if err != nil {
		return &fs.PathError{Op: "write to", Path: dir, Err: err}
	}
	return nil
}

// lockFolder waits until no other run has the lock. If that takes too long, or the file
// system knows no locks, the run goes on: lines of the other one may be lost until its
// next run.
func lockFolder(ctx context.Context, dir *os.File) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lockPause):
		}
	}
}

// readSome returns a file's content, nothing if there is no file.
func readSome(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // It was only read.
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(bufio.NewReader(f), metricsMost))
	return b.Bytes(), err
}
