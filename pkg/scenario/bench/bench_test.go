//go:build bench

// Package bench_test compares crm-tool with what people would use instead, on a real
// Odoo 19 with four workers as it is shipped, and writes what it measured into the
// documents.
//
// The ways to do the same take turns, each on a fresh copy of the same database, and
// mail to the same sink. Their ratios are those of one round each, so that what else the
// machine does matters little. A ratio that has to hold and does not is written all the
// same, and then fails the test.
package bench_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if os.Getenv(sinkVariable) != "" {
		if err := runSink(); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// sizes is how much the ways do.
type sizes struct {
	rounds                                  int
	reminders, shared, archived, asked, all int
	// shared are the reminders that parts share, as many as a company with parts has;
	// byScript those that the plain script does. It does one after the other, so that
	// fewer tell as much.
	byScript int
}

// theSizes reads BENCH_SCALE, by which all that is done is multiplied, and
// BENCH_ROUNDS.
func theSizes(t *testing.T) sizes {
	t.Helper()
	number := func(variable string, fallback float64) float64 {
		text := os.Getenv(variable)
		if text == "" {
			return fallback
		}
		n, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err, variable)
		return n
	}
	scale := number("BENCH_SCALE", 1)
	of := func(n float64) int { return max(20, int(scale*n)) }
	return sizes{
		rounds: int(number("BENCH_ROUNDS", 3)), reminders: of(2000), shared: of(8000), archived: of(5000), asked: of(1000), all: of(1_000_000), byScript: of(300),
	}
}

// way is one way to do something about all records that are due.
type way struct {
	name string
	run  func() usage
}

// takeTurns runs each way once a round, on a database of its own.
func (b *bench) takeTurns(t *testing.T, saved string, rounds int, ways []way) comparison {
	t.Helper()
	c := comparison{}
	for _, w := range ways {
		c.names = append(c.names, w.name)
	}
	c.runs = make([][]usage, len(ways))
	for round := range rounds {
		for n := range ways {
			// No way always follows the same one.
			n = (n + round) % len(ways)
			b.restore(t, saved)
			b.tool.forget(t)
			u := ways[n].run()
			t.Logf("%s, round %d, %s: %s", saved, round+1, ways[n].name, u)
			c.runs[n] = append(c.runs[n], u)
		}
	}
	return c
}

// bench is the benchmark under way.
type bench struct {
	*instance
	sizes

	tool *tool
}

func TestBench(t *testing.T) {
	b := &bench{instance: newInstance(t), sizes: theSizes(t)}
	b.tool = newTool(t, b.instance)
	b.restore(t)
	r := results{machine: describe(t, b), keyCheck: b.keyCheck(t), among: b.all}
	t.Run("remind", func(t *testing.T) { r.reminders = b.remind(t) })
	t.Run("parts", func(t *testing.T) { r.parts = b.parts(t) })
	t.Run("archive", func(t *testing.T) { r.archive = b.archive(t) })
	t.Run("ask", func(t *testing.T) { r.questionnaires = b.ask(t) })
	t.Run("nothing", func(t *testing.T) { r.nothingDue = b.nothingDue(t) })
	for _, name := range []string{b.database, savedRemind, savedParts, savedArchive, savedAsk} {
		output(t, "", "dropdb", name)
	}
	if !r.complete() {
		return // Some failed, or only some were asked for.
	}
	r.write(t)
	for _, m := range r.mustHold() {
		if !m.holds() {
			t.Errorf("%s: %.2f, and not %s", m.what, m.value, m.target)
		}
	}
}

// fill makes opportunities, after runs of the tool, and saves the database. The last of them
// does something about one opportunity, so that the tool has introduced itself.
func (b *bench) fill(t *testing.T, name string, count, days int, meetings bool, first ...[]string) {
	t.Helper()
	b.restore(t)
	for _, args := range first {
		b.tool.do(t, args...)
	}
	b.pipeline(t, "first", 1, days, meetings)
	b.tool.do(t, first[len(first)-1]...)
	b.pipeline(t, prefix, count, days, meetings)
	b.save(t, name)
}

// pipeline makes opportunities whose names begin with a word.
func (b *bench) pipeline(t *testing.T, word string, count, days int, meetings bool) {
	t.Helper()
	output(t, script(t, map[string]any{
		"COUNT": count, "DAYS": days, "PREFIX": word, "SINK": b.sink, "MEETINGS": meetings,
	}, "fill.py"), "shell", b.database)
}

// prefix begins the names of the opportunities that are due.
const prefix = "client"

// text is what every way but the tool's writes: the words of its reminder without its layout.
const text = "<p>Hello CLIENT,</p><p>I am coming back to you about “TITLE”. Is there anything you need from me for the next step?</p>" +
	"<p>A question, a change, a date to agree on: just reply to this mail.</p><p>Kind regards,</p><p>Sam Seller</p>"

// archived is the note that every way but the tool's writes.
const archived = "<p>Archived: the opportunity began more than 30 days ago. Stage and probability are as they were. " +
	"If you unarchive it, it will not be archived automatically again.</p>"

// variables are what the scripts need to know.
func (b *bench) variables(count int, text string) map[string]any {
	return map[string]any{
		"COUNT": count, "PREFIX": prefix, "TEXT": text,
		"SINK": b.sink, "URL": b.url, "DATABASE": b.database, "KEY": b.key,
	}
}

// mailed runs a way, which has to have mailed that often.
func (b *bench) mailed(t *testing.T, records int, run func() usage) usage {
	t.Helper()
	before := arrived(t, b.sink)
	u := run()
	require.Equal(t, records, arrived(t, b.sink)-before, "mails that arrived")
	u.Records = records
	return u
}

func (u usage) String() string {
	return fmt.Sprintf("%d records, %.2f s, Odoo %.2f s, PostgreSQL %.2f s, client %.2f s, %d calls, %d statements, %d and %d MiB",
		u.Records, u.Wall.Seconds(), u.Odoo.Seconds(), u.Postgres.Seconds(), u.Client.Seconds(), u.Calls, u.Statements,
		u.ClientMemory>>20, u.OdooMemory>>20)
}
