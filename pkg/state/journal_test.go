package state_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/state"
)

var (
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	job   = state.Job{Command: "remind", Instance: "https://odoo.example.com production", Shard: "0/1"}
	quiet = slog.New(slog.DiscardHandler)
)

const (
	sent   = "<crm-tool.remind.1.7.dead@example.com>"
	unsent = "<crm-tool.remind.2.7.dead@example.com>"
	inHand = "<crm-tool.remind.3.7.dead@example.com>"
	absent = "<crm-tool.remind.4.7.dead@example.com>"
)

func open(t testing.TB, dir, token string) *state.Journal {
	t.Helper()
	j, err := state.OpenJournal(dir, job, token, noon, quiet)
	require.NoError(t, err)
	return j
}

// died is the folder of a run that died with a mail in hand, after others.
func died(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	j := open(t, dir, "dead")
	require.NoError(t, j.Begun(sent))
	require.NoError(t, j.Begun(unsent))
	j.Ended(sent, true)
	j.Ended(unsent, false)
	require.NoError(t, j.Begun(inHand))
	require.NoError(t, j.Close()) // The kernel does no less.
	return dir
}

func journal(dir string) string { return filepath.Join(dir, state.JournalFile(job)) }

// statuses are those of the mails of the run that died.
type statuses struct{ sent, unsent, inHand, absent ledger.LocalStatus }

func recalled(j *state.Journal) statuses {
	return statuses{j.Lookup("dead", sent), j.Lookup("dead", unsent), j.Lookup("dead", inHand), j.Lookup("dead", absent)}
}

// All, none, and facts alone are what the next run can know.
var (
	all   = statuses{ledger.LocalSent, ledger.LocalUnsent, ledger.LocalBegun, ledger.LocalUnsent}
	facts = statuses{sent: ledger.LocalSent}
	none  = statuses{}
)

func TestTheNextRunKnowsWhatBecameOfEachMail(t *testing.T) {
	t.Parallel()
	dir := died(t)
	for _, token := range []string{"second", "third", "fourth"} {
		j := open(t, dir, token)
		assert.Equal(t, all, recalled(j), "and so does the one after it")
		assert.Equal(t, ledger.LocalUnknown, j.Lookup("another", absent), "a run of another host")
		assert.Equal(t, ledger.LocalUnknown, j.Lookup(token, absent), "this run itself, which is alive")
		require.NoError(t, j.Close())
	}
}

func TestAMailThatWasBegunSeveralTimesCountsAsSentWhenItWasOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []string
		want  ledger.LocalStatus
	}{
		{"begun once more after it did not leave", []string{"begun", "unsent", "begun"}, ledger.LocalBegun},
		{"sent at the second attempt", []string{"begun", "unsent", "begun", "sent"}, ledger.LocalSent},
		{"unsent at each attempt", []string{"begun", "unsent", "begun", "unsent"}, ledger.LocalUnsent},
		{"an attempt whose outcome is unknown is not undone by another", []string{"begun", "begun", "unsent"}, ledger.LocalBegun},
		{"sent, and begun again for a person", []string{"begun", "sent", "begun"}, ledger.LocalSent},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			j := open(t, dir, "dead")
			for _, line := range c.lines {
				if line == "begun" {
					require.NoError(t, j.Begun(inHand))
				} else {
					j.Ended(inHand, line == "sent")
				}
			}
			require.NoError(t, j.Close())
			for _, token := range []string{"second", "third"} {
				j = open(t, dir, token)
				assert.Equal(t, c.want, j.Lookup("dead", inHand))
				require.NoError(t, j.Close())
			}
		})
	}
}

func TestAMailThatALaterRunSentAgainIsNotForgotten(t *testing.T) {
	t.Parallel()
	dir := died(t)
	j := open(t, dir, "settle")
	require.NoError(t, j.Begun(inHand))
	j.Ended(inHand, false)
	require.NoError(t, j.Begun(absent))
	require.NoError(t, j.Close())
	j = open(t, dir, "next")
	defer j.Close()
	assert.Equal(t, ledger.LocalBegun, j.Lookup("dead", inHand), "that it did not leave then says nothing about before")
	assert.Equal(t, ledger.LocalBegun, j.Lookup("dead", absent))
}

func TestAJournalInUseIsALockOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	release, err := state.Lock(dir, job, noon)
	require.NoError(t, err)
	defer release()
	j := open(t, dir, "alive")
	require.NoError(t, os.Remove(filepath.Join(dir, state.LockFile(job))), "as somebody does who takes it for a remnant")
	release, err = state.Lock(dir, job, noon)
	require.NoError(t, err)
	defer release()
	_, err = state.OpenJournal(dir, job, "next", noon, quiet)
	var locked *state.LockedError
	require.ErrorAs(t, err, &locked)
	require.NoError(t, j.Begun(sent))
	require.NoError(t, j.Close())
	next := open(t, dir, "next")
	defer next.Close()
	assert.Equal(t, ledger.LocalBegun, next.Lookup("alive", sent))
}

func TestAFullDiskGivesTheJournalUpBeforeAMailIsBegun(t *testing.T) {
	t.Parallel()
	for _, erasing := range []struct {
		name      string
		removable bool
	}{{"it is removed", true}, {"it is emptied", false}} {
		for room := range 120 {
			dir := t.TempDir()
			var log bytes.Buffer
			j, err := state.OpenJournal(dir, job, "dead", noon, slog.New(slog.NewTextHandler(&log, nil)))
			require.NoError(t, err)
			require.NoError(t, j.Begun(sent))
			j.Broken(room, syscall.ENOSPC, erasing.removable, true)
			// The disk is full at the end of one mail, or the beginning of another.
			j.Ended(sent, true)
			require.NoError(t, j.Begun(inHand), "%s: the mail goes on", erasing.name)
			require.NoError(t, j.Begun(absent))
			assert.Equal(t, 1, strings.Count(log.String(), "level=WARN"), "%s", &log)
			require.NoError(t, j.Close())
			next := open(t, dir, "next")
			require.Equal(t, none, recalled(next), "%s, with room for %d", erasing.name, room)
			require.NoError(t, next.Close())
		}
	}
}

func TestNoMailIsBegunThatCanNeitherBeNotedNorTheJournalGivenUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, "dead")
	require.NoError(t, j.Begun(sent))
	j.Broken(30, syscall.EROFS, false, false)
	for range 2 {
		err := j.Begun(inHand)
		var broken *state.DirError
		require.ErrorAs(t, err, &broken)
		require.ErrorIs(t, err, syscall.EROFS)
		assert.Contains(t, broken.Hint(), "state_dir")
	}
	j.Ended(sent, true)
	require.NoError(t, j.Close())
	next := open(t, dir, "next")
	defer next.Close()
	assert.Equal(t, ledger.LocalBegun, next.Lookup("dead", sent))
	assert.Equal(t, ledger.LocalUnsent, next.Lookup("dead", inHand))
}

func TestAJournalThatCannotBeMadeIsDoneWithout(t *testing.T) {
	t.Parallel()
	dir := died(t)
	require.NoError(t, os.MkdirAll(filepath.Join(journal(dir)+".new", "x"), 0o700))
	var log bytes.Buffer
	j, err := state.OpenJournal(dir, job, "next", noon, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	assert.Contains(t, log.String(), "cannot be written")
	assert.Equal(t, all, recalled(j), "what earlier runs noted is known all the same")
	require.NoError(t, j.Begun("<crm-tool.remind.1.7.next@example.com>"))
	require.NoError(t, j.Close())
	last := open(t, dir, "last")
	defer last.Close()
	assert.Equal(t, all, recalled(last))
	assert.Equal(t, ledger.LocalUnknown, last.Lookup("next", "<crm-tool.remind.2.7.next@example.com>"))
}

func TestARemnantOfANewJournalIsInNobodysWay(t *testing.T) {
	t.Parallel()
	dir := died(t)
	require.NoError(t, os.WriteFile(journal(dir)+".new", []byte("half"), 0o600))
	j := open(t, dir, "next")
	defer j.Close()
	assert.Equal(t, all, recalled(j))
	assert.NoFileExists(t, journal(dir)+".new")
}

func TestAJournalHoldsMessageIDsForTheOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := died(t)
	info, err := os.Stat(journal(dir))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	content, err := os.ReadFile(journal(dir))
	require.NoError(t, err)
	line := regexp.MustCompile(`^[0-9a-f]{8} [0-9]+ (journal 1 \S+ \S+|run dead [0-9]+ true|(begun|sent|unsent) <crm-tool\.remind\.[1-4]\.7\.dead@example\.com>)$`)
	for l := range strings.SplitSeq(strings.TrimSuffix(string(content), "\n"), "\n") {
		assert.Regexp(t, line, l)
	}
}

func TestWhatCannotBeALineIsNotNoted(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "<a b@c>", "<a\n@b>"} {
		dir := t.TempDir()
		j := open(t, dir, "dead")
		require.NoError(t, j.Begun(id))
		require.NoError(t, j.Close())
		next := open(t, dir, "next")
		assert.Equal(t, ledger.LocalUnknown, next.Lookup("dead", absent), "so that nothing is concluded")
		require.NoError(t, next.Close())
	}
}

func TestAJournalIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, "dead")
	id := func(i int, run string) string {
		return fmt.Sprintf("<crm-tool.remind.%d.7.%s@%s.example.com>", i, run, strings.Repeat("long", 50))
	}
	for i := range state.Limit / 240 {
		require.NoError(t, j.Begun(id(i, "dead")))
	}
	require.NoError(t, j.Close())
	assert.NoFileExists(t, journal(dir), "a run of so many mails goes on without")

	for run := range 20 {
		name := fmt.Sprintf("run%d", run)
		j, err := state.OpenJournal(dir, job, name, noon.Add(time.Duration(run)*time.Hour), quiet)
		require.NoError(t, err)
		for i := range 250 {
			require.NoError(t, j.Begun(id(i, name)))
			j.Ended(id(i, name), true)
		}
		require.NoError(t, j.Close())
		info, err := os.Stat(journal(dir))
		require.NoError(t, err)
		require.Less(t, info.Size(), int64(state.Kept+250*1000))
	}
	j = open(t, dir, "last")
	defer j.Close()
	assert.Equal(t, ledger.LocalSent, j.Lookup("run19", id(0, "run19")))
	assert.Equal(t, ledger.LocalUnknown, j.Lookup("run0", id(0, "run0")), "the oldest runs are dropped, as a whole")
}

func TestARunIsForgottenAfterAWeek(t *testing.T) {
	t.Parallel()
	dir := died(t)
	for _, c := range []struct {
		age  time.Duration
		want statuses
	}{{7 * 24 * time.Hour, all}, {7*24*time.Hour + time.Second, none}} {
		j, err := state.OpenJournal(dir, job, "next", noon.Add(c.age), quiet)
		require.NoError(t, err)
		assert.Equal(t, c.want, recalled(j))
		require.NoError(t, j.Close())
	}
}

func TestSeveralConnectionsWriteOneJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, "dead")
	id := func(worker, i int) string {
		return fmt.Sprintf("<crm-tool.remind.%d.%d.dead@example.com>", worker+1, i)
	}
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			for i := range 100 {
				assert.NoError(t, j.Begun(id(worker, i)))
				if i != 50 {
					j.Ended(id(worker, i), i%2 == 0)
				}
			}
		})
	}
	workers.Wait()
	require.NoError(t, j.Close())
	j = open(t, dir, "next")
	defer j.Close()
	for worker := range 8 {
		for i := range 100 {
			want := []ledger.LocalStatus{ledger.LocalSent, ledger.LocalUnsent}[i%2]
			if i == 50 {
				want = ledger.LocalBegun
			}
			require.Equal(t, want, j.Lookup("dead", id(worker, i)))
		}
	}
}

func BenchmarkAMail(b *testing.B) {
	j := open(b, b.TempDir(), "run")
	defer j.Close()
	i := 0
	for b.Loop() {
		i++
		id := fmt.Sprintf("<crm-tool.remind.%d.7.0123456789abcdef@example.com>", i%1000)
		if err := j.Begun(id); err != nil {
			b.Fatal(err)
		}
		j.Ended(id, true)
		if i%50_000 == 0 { // Within its bounds.
			b.StopTimer()
			_ = j.Close()
			j = open(b, b.TempDir(), "run")
			b.StartTimer()
		}
	}
}

// BenchmarkSync is what it would cost to bring each line to the disk.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "file"))
	require.NoError(b, err)
	defer f.Close()
	for b.Loop() {
		if _, err := f.WriteString(strings.Repeat("x", 99) + "\n"); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}
