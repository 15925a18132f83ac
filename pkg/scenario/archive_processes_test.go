package scenario_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// withoutReminders is the environment of tests in which nobody is reminded.
func withoutReminders() []string { return []string{"CRM_TOOL_REMINDERS_ENABLED=off"} }

// onEachOdoo runs a test with a site of each version that deletes or leaves the
// activities of what is archived.
func onEachOdoo(t *testing.T, test func(t *testing.T, s *site, version int)) {
	t.Helper()
	for _, version := range archiveVersions(t) {
		t.Run(fmt.Sprintf("Odoo %d", version), func(t *testing.T) {
			test(t, newSiteOf(t, t.TempDir(), version), version)
		})
	}
}

// archive runs the command to its end; each run has a host of its own.
func (s *site) archive(t testing.TB, args ...string) (document, int) {
	t.Helper()
	return s.startArchive(t, args...).end(t)
}

func (s *site) startArchive(t testing.TB, args ...string) *process {
	t.Helper()
	extra := append(withoutReminders(), "CRM_TOOL_STATE_DIR="+t.TempDir())
	return s.start(t, extra, append([]string{"archive", "-o", "json"}, args...)...)
}

// planActivities plans so many activities on each opportunity, and returns their names.
func (s *site) planActivities(t testing.TB, ids []int64, each int) []string {
	t.Helper()
	model := s.search("ir.model", []any{[]any{"model", "=", leadModel}}, "model")[0].id()
	kind := s.search("mail.activity.type", []any{[]any{"name", "=", "Call"}}, "name")[0].id()
	seller := s.user(sam)
	var rows []any
	var names []string
	for _, id := range ids {
		for n := range each {
			name := fmt.Sprintf("%d-%d", id, n)
			names = append(names, name)
			rows = append(rows, map[string]any{
				"res_model_id": model, "res_id": id, "summary": name, "activity_type_id": kind, "user_id": seller, "date_deadline": "2030-01-15",
			})
		}
	}
	for some := range slices.Chunk(rows, 200) {
		s.execute(admin, activityModel, "create", []any{some}, quietly())
	}
	slices.Sort(names)
	return names
}

// openActivities lists the open activities.
func (s *site) openActivities() []string {
	answer := s.execute(admin, activityModel, "search_read", []any{[]any{[]any{"res_model", "=", leadModel}}}, map[string]any{"fields": []any{"summary"}})
	var names []string
	for _, r := range answer.([]any) {
		names = append(names, record(r.(map[string]any)).text("summary"))
	}
	slices.Sort(names)
	return names
}

// archiveEntries counts the tool's entries of a kind on each opportunity, those
// that are confirmed and those that are not.
func (s *site) archiveEntries(kind string) (confirmed, open map[int64]int, tokens []string) {
	confirmed, open = map[int64]int{}, map[int64]int{}
	seen := map[string]bool{}
	for _, m := range s.search(messageModel, []any{
		[]any{"model", "=", leadModel}, []any{"message_id", "=like", "<crm-tool." + kind + ".%"},
	}, "res_id", "message_id", "message_type") {
		if m.text("message_type") == "comment" {
			confirmed[m.number("res_id")]++
		} else {
			open[m.number("res_id")]++
		}
		seen[ourMessageID.FindStringSubmatch(m.text("message_id"))[4]] = true
	}
	return confirmed, open, slices.Sorted(maps.Keys(seen))
}

// requireArchivedOnce checks that all of them are archived, with one note each.
func (s *site) requireArchivedOnce(t testing.TB, ids []int64) {
	t.Helper()
	archived := s.search(leadModel, []any{[]any{"id", "in", ids}, []any{"active", "=", false}}, "active")
	require.Len(t, archived, len(ids))
	confirmed, open, _ := s.archiveEntries("archive")
	require.Equal(t, once(ids), confirmed)
	require.Empty(t, open)
}

// requireActive checks that none of them is archived.
func (s *site) requireActive(t testing.TB, ids []int64) {
	t.Helper()
	require.Len(t, s.search(leadModel, []any{[]any{"id", "in", ids}, []any{"active", "=", true}}, "active"), len(ids))
}

const month = 30 * 24 * time.Hour

// Four hosts begin at the same moment: each opportunity is archived once, with
// one note, and none of the runs fails for it.
func TestRunsAtTheSameMomentArchiveEachOnce(t *testing.T) {
	beside(t)
	onEachOdoo(t, func(t *testing.T, s *site, _ int) {
		ids := s.pipeline(t, "old", concurrentArchived, month)
		activities := s.planActivities(t, ids[:concurrentArchived/3], 2)
		begun := time.Now()
		runs := make([]*process, 4)
		for i := range runs {
			runs[i] = s.startArchive(t, "--yes")
		}
		archived := 0
		for i, p := range runs {
			d, status := p.end(t)
			assert.Equal(t, 0, status, "%s", &p.stderr)
			archived += d.Counts["archived"]
			t.Logf("run %d: %v", i, d.outcomes())
		}
		t.Logf("%d archived in %s", archived, time.Since(begun).Round(time.Millisecond))
		require.Equal(t, concurrentArchived, archived)
		s.requireArchivedOnce(t, ids)
		s.undoAll(t)
		s.requireActive(t, ids)
		require.Equal(t, activities, s.openActivities())
	})
}

// undoAll undoes all runs, at the same time.
func (s *site) undoAll(t testing.TB) {
	t.Helper()
	_, _, tokens := s.archiveEntries("archive")
	for some := range slices.Chunk(tokens, 4) {
		var undos []*process
		for _, token := range some {
			undos = append(undos, s.start(t, []string{"CRM_TOOL_STATE_DIR=" + t.TempDir()}, "archive", "undo", token, "-o", "json"))
		}
		for _, p := range undos {
			_, status := p.end(t)
			require.Equal(t, 0, status, "%s", &p.stderr)
		}
	}
}

// killTime is when the i-th of so many processes is killed: the later, the further it
// may come.
func killTime(random *rand.Rand, i int) time.Duration {
	return time.Duration(random.Int64N(int64(killWithin) * int64(i+1) / archiveKills))
}

// Runs are killed at random moments. Those that follow archive the rest: each
// opportunity once, with one confirmed note, and no activity is lost.
func TestKilledRunsArchiveEachOnceAndLoseNoActivity(t *testing.T) {
	beside(t)
	onEachOdoo(t, func(t *testing.T, s *site, version int) {
		ids := s.pipeline(t, "old", killedArchived, month)
		activities := s.planActivities(t, ids, 1)
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		for i := range archiveKills {
			p := s.startArchive(t, "--yes", "--limit", strconv.Itoa(killedArchived/2))
			after := killTime(random, i)
			timer := time.AfterFunc(after, func() { _ = p.Process.Kill() }) // It may have ended.
			_, status := p.end(t)
			timer.Stop()
			confirmed, open, _ := s.archiveEntries("archive")
			t.Logf("run %d was killed after %s: status %d; %d archived, %d open", i, after.Round(time.Millisecond), status, len(confirmed), len(open))
			time.Sleep(killWithin / 4) // Odoo ends the call that the run was in long before its claims are dead.
			require.NoError(t, s.Later(ledger.ClaimTTL+time.Minute))
		}
		for runs, idle := 0, 0; idle < 2; runs++ {
			require.Less(t, runs, 10)
			require.NoError(t, s.Later(ledger.ClaimTTL+time.Minute))
			d, status := s.archive(t, "--yes")
			t.Logf("status %d, %v", status, d.outcomes())
			require.Equal(t, 0, status)
			if len(d.Items) == 0 {
				idle++
			}
		}
		s.requireArchivedOnce(t, ids)
		if version >= keepsActivities {
			require.Equal(t, activities, s.openActivities(), "they stay open")
		} else {
			require.Empty(t, s.openActivities())
		}
		s.undoAll(t)
		s.requireActive(t, ids)
		require.Equal(t, activities, s.openActivities())
		d, status := s.archive(t, "--yes")
		require.Equal(t, 0, status)
		require.Empty(t, d.Items, "what was taken back is left alone")
	})
}

// An undo that is killed at random moments, again and again, ends in the same
// state: no activity is lost and none is there twice.
func TestAKilledUndoLosesAndDoublesNothing(t *testing.T) {
	beside(t)
	onEachOdoo(t, func(t *testing.T, s *site, _ int) {
		ids := s.pipeline(t, "old", killedArchived, month)
		activities := s.planActivities(t, ids, 1)
		d, status := s.archive(t, "--yes")
		require.Equal(t, 0, status)
		random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
		for i := range archiveKills {
			p := s.start(t, nil, "archive", "undo", d.Run, "-o", "json")
			timer := time.AfterFunc(killTime(random, i), func() { _ = p.Process.Kill() }) // It may have ended.
			p.end(t)
			timer.Stop()
			confirmed, open, _ := s.archiveEntries("restored")
			t.Logf("%d restored, %d open, %d activities", len(confirmed), len(open), len(s.openActivities()))
		}
		last, status := s.run(t, "archive", "undo", d.Run)
		require.Equal(t, 0, status)
		t.Logf("%v", last.outcomes())
		s.requireActive(t, ids)
		require.Equal(t, activities, s.openActivities())
		confirmed, open, _ := s.archiveEntries("restored")
		require.Equal(t, once(ids), confirmed)
		require.Empty(t, open)
	})
}

// SIGTERM ends a run after the page that it is writing: nothing is left half
// done, and the next run goes on at once.
func TestAnArchiveRunThatIsToldToStopLeavesNothingHalfDone(t *testing.T) {
	beside(t)
	s := newSite(t)
	ids := s.pipeline(t, "old", 3*killedArchived, month)
	p := s.startArchive(t, "--yes")
	require.Eventually(t, func() bool { // It has a page in hand.
		confirmed, open, _ := s.archiveEntries("archive")
		return len(confirmed)+len(open) > 0
	}, time.Minute, 5*time.Millisecond)
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	d, status := p.end(t)
	t.Logf("status %d, %v", status, d.outcomes())
	require.Contains(t, []int{0, 143}, status, "%s", &p.stderr)
	require.Zero(t, d.Counts["failed"])
	confirmed, open, _ := s.archiveEntries("archive")
	require.Len(t, confirmed, d.Counts["archived"])
	require.Empty(t, open)
	next, status := s.archive(t, "--yes")
	require.Equal(t, 0, status)
	require.Equal(t, len(ids)-len(confirmed), next.Counts["archived"])
	s.requireArchivedOnce(t, ids)
}

// Four runs find the same answers: each opportunity comes back once, with one
// note.
func TestRunsAtTheSameMomentBringEachAnswerBackOnce(t *testing.T) {
	beside(t)
	onEachOdoo(t, func(t *testing.T, s *site, _ int) {
		const answers = 40
		ids := s.pipeline(t, "old", answers, month)
		activities := s.planActivities(t, ids, 1)
		_, status := s.archive(t, "--yes")
		require.Equal(t, 0, status)
		for i, id := range ids {
			about := s.search(messageModel, []any{[]any{"model", "=", leadModel}, []any{"res_id", "=", id}}, "message_id")
			s.execute(admin, "mail.thread", "message_process", []any{leadModel, letter{
				from: fmt.Sprintf("old-%d@client.example", i), subject: "Re: yes", messageID: fmt.Sprintf("<yes-%d@client.example>", i),
				inReplyTo: about[0].text("message_id"),
			}.String()}, nil)
		}
		runs := make([]*process, 4)
		for i := range runs {
			runs[i] = s.startArchive(t)
		}
		restored := 0
		for i, p := range runs {
			d, status := p.end(t)
			assert.Equal(t, 0, status, "%s", &p.stderr)
			restored += d.Counts["restored"]
			t.Logf("run %d: %v", i, d.outcomes())
		}
		require.Equal(t, answers, restored)
		s.requireActive(t, ids)
		require.Equal(t, activities, s.openActivities())
		confirmed, open, _ := s.archiveEntries("restored")
		require.Equal(t, once(ids), confirmed)
		require.Empty(t, open)
	})
}

// What a run costs Odoo depends on what is archived, not on how much there is.
func TestArchivingCostsFewCalls(t *testing.T) {
	beside(t)
	const loaded = 1000 // With fewer, the calls that do not depend on the number would count.
	s := newSite(t)
	s.pipeline(t, "young", loaded, 2*24*time.Hour)
	proxy := newProxy(t, s.Connection().URL)
	run := func(args ...string) document {
		t.Helper()
		proxy.reset()
		begun := time.Now()
		p := s.start(t, append(withoutReminders(), "CRM_TOOL_ODOO_URL="+proxy.URL), append([]string{"archive", "-o", "json"}, args...)...)
		d, status := p.end(t)
		require.Equal(t, 0, status, "%s", &p.stderr)
		t.Logf("%s: %v in %s, %d calls: %v", strings.Join(append([]string{"archive"}, args...), " "), d.outcomes(),
			time.Since(begun).Round(time.Millisecond), proxy.count(), proxy.tally())
		return d
	}
	require.Empty(t, run().Items)
	assert.LessOrEqual(t, proxy.count(), 9)

	// The first run that writes makes what later ones find.
	first := s.pipeline(t, "first", 1, month)
	require.Equal(t, 1, run().Counts["archived"])
	ids := s.pipeline(t, "old", loaded, month)
	s.planActivities(t, ids, 1)
	d := run("--yes")
	require.Equal(t, loaded, d.Counts["archived"])
	assert.LessOrEqual(t, proxy.count(), 8+12*loaded/250, "with what it takes to remember the run, and when it was")
	s.requireArchivedOnce(t, append(first, ids...))

	require.Empty(t, run().Items)
	assert.LessOrEqual(t, proxy.count(), 9)
	require.Equal(t, loaded, run("undo", d.Run).Counts["restored"])
	assert.LessOrEqual(t, proxy.count(), 12+12*loaded/250)
	require.Empty(t, run().Items)
	assert.LessOrEqual(t, proxy.count(), 9)
}
