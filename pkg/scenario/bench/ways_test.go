//go:build bench

package bench_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// connections is the default of smtp.connections.
const connections = 2

// remind compares ways to send reminders.
func (b *bench) remind(t *testing.T) comparison {
	t.Helper()
	const saved = savedRemind
	b.fill(t, saved, b.reminders, 7, false, []string{"remind"})
	b.restore(t, saved)
	r, mails := b.record(t)
	claims, confirmations := r.of("mail.message", "load"), r.of("mail.message", "write")
	require.NotEmpty(t, claims)
	require.NotEmpty(t, confirmations)
	return b.takeTurns(t, saved, b.rounds, []way{
		{byTool, func() usage {
			return b.mailed(t, b.reminders, func() usage { return b.tool.run(t, b.reminders, "remind") })
		}},
		{"Odoo: `send_mail_batch` and its queue", func() usage {
			return b.mailed(t, b.reminders, func() usage {
				return b.inside(t, script(t, b.variables(b.reminders, text), "odoo_remind.py"))
			})
		}},
		{byScript, func() usage {
			return b.mailed(t, b.byScript, func() usage {
				return b.plain(t, script(t, b.variables(b.byScript, text), "script.py", "script_remind.py"))
			})
		}},
		{floor, func() usage {
			return b.mailed(t, b.reminders, func() usage { return b.floorOf(t, claims, confirmations, mails) })
		}},
	})
}

// partsRounds are enough for parts, of which calls and CPU are compared.
const partsRounds = 2

// parts compares parts of a run with the whole.
func (b *bench) parts(t *testing.T) comparison {
	t.Helper()
	b.fill(t, savedParts, b.shared, 7, false, []string{"remind"})
	var shares []way
	for _, n := range []int{1, 2, 4} {
		shares = append(shares, way{fmt.Sprint(n), func() usage {
			return b.mailed(t, b.shared, func() usage { return b.tool.parts(t, n, b.shared, "remind") })
		}})
	}
	return b.takeTurns(t, savedParts, min(partsRounds, b.rounds), shares)
}

// record lets the tool run once, and returns what it asked Odoo and what it mailed.
func (b *bench) record(t *testing.T) (*recorder, []envelope) {
	t.Helper()
	r := newRecorder(t, b.url)
	s, err := listen(true)
	require.NoError(t, err)
	go s.serve()
	defer func() { require.NoError(t, s.Close()) }()
	recorded := *b.tool
	recorded.odooURL, recorded.sinkPort = r.URL, s.port()
	recorded.do(t, "config", "adopt")
	recorded.run(t, b.reminders, "remind")
	s.mu.Lock()
	defer s.mu.Unlock()
	return r, s.kept
}

// floorOf measures what no way to claim, mail and confirm can do without, each alone, and
// adds it up: the calls and the mails of a run of the tool.
func (b *bench) floorOf(t *testing.T, claims, confirmations []call, mails []envelope) usage {
	t.Helper()
	sum := usage{Calls: len(claims) + len(confirmations)}
	for _, alone := range []way{
		{"load", func() usage { return b.measure(t, func() { replay(t, b.url, claims) }) }},
		{"write", func() usage { return b.measure(t, func() { replay(t, b.url, confirmations) }) }},
		{"sink", func() usage { return b.measure(t, func() { pour(t, b.sink, mails, connections) }) }},
	} {
		u := alone.run()
		t.Logf("floor, %s: %s", alone.name, u)
		sum = sum.plus(u)
	}
	return sum
}

// archive compares ways to archive with a note.
func (b *bench) archive(t *testing.T) comparison {
	t.Helper()
	const saved = savedArchive
	b.fill(t, saved, b.archived, 40, false, []string{"archive"})
	of := func(records int, u usage) usage {
		u.Records = records
		return u
	}
	return b.takeTurns(t, saved, b.rounds, []way{
		{byTool, func() usage { return of(b.archived, b.tool.run(t, b.archived, "archive")) }},
		{"Odoo: one `write` and one `create` in process", func() usage {
			return of(b.archived, b.inside(t, script(t, b.variables(b.archived, archived), "odoo_archive.py")))
		}},
		{byScript, func() usage {
			return of(b.byScript, b.plain(t, script(t, b.variables(b.byScript, archived), "script.py", "script_archive.py")))
		}},
	})
}

// ask compares ways to send questionnaires.
func (b *bench) ask(t *testing.T) comparison {
	t.Helper()
	const saved = savedAsk
	b.fill(t, saved, b.asked, 7, true, []string{"setup", "--yes"}, []string{"feedback", "send"})
	return b.takeTurns(t, saved, b.rounds, []way{
		{byTool, func() usage {
			return b.mailed(t, b.asked, func() usage { return b.tool.run(t, b.asked, "feedback", "send") })
		}},
		{"Odoo: `survey.invite` and its queue", func() usage {
			return b.mailed(t, b.asked, func() usage {
				return b.inside(t, script(t, b.variables(b.asked, ""), "odoo_invite.py"))
			})
		}},
	})
}

// The databases that are saved.
const (
	savedRemind  = "bench_remind"
	savedParts   = "bench_parts"
	savedArchive = "bench_archive"
	savedAsk     = "bench_ask"
)

const (
	byTool   = "crm-tool"
	byScript = "a plain script over XML-RPC, record by record"
	floor    = "the floor: `load`, `write` and the sink, each alone"
)
