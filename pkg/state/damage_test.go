package state_test

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/state"
)

func TestNothingIsConcludedFromAJournalOfWhichLinesMayBeMissing(t *testing.T) {
	t.Parallel()
	rewrite := func(how func([]byte) []byte) func(*testing.T, string) string {
		return func(t *testing.T, dir string) string {
			t.Helper()
			content, err := os.ReadFile(journal(dir))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(journal(dir), how(content), 0o600))
			return dir
		}
	}
	type opener func(string, state.Job, string, time.Time, *slog.Logger) (*state.Journal, error)
	for _, c := range []struct {
		name string
		with opener
		do   func(t *testing.T, dir string) string
		want statuses
	}{
		{"it is missing", nil, func(t *testing.T, dir string) string {
			t.Helper()
			require.NoError(t, os.Remove(journal(dir)))
			return dir
		}, none},
		{"it is empty", nil, rewrite(func([]byte) []byte { return nil }), none},
		{"it is zeros, as after a power failure", nil, rewrite(func(b []byte) []byte { return make([]byte, len(b)) }), none},
		{"a line is missing in it", nil, rewrite(func(b []byte) []byte {
			lines := bytes.SplitAfter(b, []byte("\n"))
			return bytes.Join(append(lines[:3:3], lines[4:]...), nil)
		}), none},
		{"two lines changed places", nil, rewrite(func(b []byte) []byte {
			lines := bytes.SplitAfter(b, []byte("\n"))
			lines[2], lines[3] = lines[3], lines[2]
			return bytes.Join(lines, nil)
		}), none},
		{"something was written behind it", nil, rewrite(func(b []byte) []byte { return append(b, "begun\n"...) }), none},
		{"its last end of line is gone", nil, rewrite(func(b []byte) []byte { return b[:len(b)-1] }), none},
		{"the machine was started again", state.OtherBoot, nil, facts},
		{"it lies on another machine", state.OnNetwork, nil, facts},
		{"it is a copy", nil, func(t *testing.T, dir string) string {
			t.Helper()
			elsewhere := t.TempDir()
			require.NoError(t, os.CopyFS(elsewhere, os.DirFS(dir)))
			return elsewhere
		}, facts},
		{"a copy was put in its place", nil, func(t *testing.T, dir string) string {
			t.Helper()
			content, err := os.ReadFile(journal(dir))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(journal(dir)+".bak", content, 0o600))
			require.NoError(t, os.Rename(journal(dir)+".bak", journal(dir)))
			return dir
		}, facts},
		{"an older version was written over it", nil, func(t *testing.T, dir string) string {
			t.Helper()
			content, err := os.ReadFile(journal(dir))
			require.NoError(t, err)
			last := bytes.LastIndexByte(content[:len(content)-1], '\n')
			time.Sleep(state.Slack + 100*time.Millisecond)
			require.NoError(t, os.WriteFile(journal(dir), content[:last+1], 0o600))
			return dir
		}, facts},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := died(t)
			if c.do != nil {
				dir = c.do(t, dir)
			}
			with := c.with
			if with == nil {
				with = state.OpenJournal
			}
			j, err := with(dir, job, "next", noon, quiet)
			require.NoError(t, err)
			assert.Equal(t, c.want, recalled(j))
			require.NoError(t, j.Close())
			again := open(t, dir, "last")
			defer again.Close()
			assert.Equal(t, c.want, recalled(again), "doubts are passed on")
		})
	}
}

// A kill can cut a line off in the system call that writes it, before anything
// that comes after it has happened.
func TestALineThatIsTornAtTheEndWasNeverWritten(t *testing.T) {
	t.Parallel()
	dir := died(t)
	content, err := os.ReadFile(journal(dir))
	require.NoError(t, err)
	last := bytes.LastIndexByte(content[:len(content)-1], '\n') + 1
	for cut := last; cut < len(content)-2; cut++ {
		at := died(t)
		require.NoError(t, os.Truncate(journal(at), int64(cut)))
		j := open(t, at, "next")
		want := all
		want.inHand = ledger.LocalUnsent
		require.Equal(t, want, recalled(j), "%q", content[last:cut])
		require.NoError(t, j.Close())
	}
}

func TestNoDamageMakesAMailUnsentThatWasBegun(t *testing.T) {
	t.Parallel()
	dir := died(t)
	content, err := os.ReadFile(journal(dir))
	require.NoError(t, err)
	for i := range content {
		damaged := bytes.Clone(content)
		damaged[i] ^= []byte{1, 0x20, 0xff}[i%3]
		require.NoError(t, os.WriteFile(journal(dir), damaged, 0o600))
		j := open(t, dir, "next")
		require.Equal(t, none, recalled(j), "byte %d of %q", i, content)
		require.NoError(t, j.Close())
		require.NoError(t, os.Remove(journal(dir)))
	}
}

func FuzzJournal(f *testing.F) {
	content, err := os.ReadFile(journal(died(f)))
	require.NoError(f, err)
	f.Add(content)
	f.Add(content[:len(content)/2])
	f.Add([]byte("00000000 1 journal 1 a b\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		facts, err := state.Rewritten(content)
		if err != nil {
			require.Empty(t, facts, "a damaged journal says nothing")
		}
		for id, fact := range facts {
			require.Contains(t, string(content), id)
			require.True(t, !fact[0] || strings.Contains(string(content), " sent "+id))
		}
	})
}
