package run_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/remind"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/templates"
)

func (p *process) Claim(ctx context.Context, rows []ledger.Claim) ([]ledger.Claimed, error) {
	claimed := make([]ledger.Claimed, len(rows))
	err := p.call(ctx, "Claim", func() {
		for i, row := range rows {
			e, err := p.load(row.Key.ExternalID(), row.MessageID, row.Key.Opportunity, row.Body)
			claimed[i] = ledger.Claimed{Entry: e, Err: err}
		}
	})
	return claimed, err
}

func (p *process) Confirm(ctx context.Context, ids []crm.EntryID) error {
	if len(ids) == 0 {
		return nil
	}
	return p.call(ctx, "Confirm", func() {
		for _, e := range p.entries {
			e.Confirmed = e.Confirmed || slices.Contains(ids, e.ID)
		}
	})
}

func (p *process) Unconfirmed(ctx context.Context, ids []crm.EntryID) (missing []crm.EntryID, err error) {
	err = p.call(ctx, "Unconfirmed", func() {
		missing = slices.DeleteFunc(slices.Clone(ids), func(id crm.EntryID) bool {
			return slices.ContainsFunc(p.sorted(), func(e stored) bool { return e.ID == id && e.Confirmed })
		})
	})
	return missing, err
}

func (p *process) Release(ctx context.Context, ids []crm.EntryID) error {
	if len(ids) == 0 {
		return nil
	}
	return p.call(ctx, "Release", func() {
		for external, e := range p.entries {
			if slices.Contains(ids, e.ID) {
				delete(p.entries, external)
			}
		}
	})
}

func (p *process) Note(ctx context.Context, notes []ledger.Note) ([]bool, error) {
	mine := make([]bool, len(notes))
	err := p.call(ctx, "Note", func() {
		for i, n := range notes {
			e, err := p.load(n.ExternalID, n.MessageID, n.On, n.Body)
			mine[i] = err == nil && e.MessageID == n.MessageID
		}
	})
	return mine, err
}

func (p *process) Now() time.Time { return p.now() }

func (p *process) Shared(ctx context.Context) (map[string]string, error) {
	shared := map[string]string{}
	err := p.call(ctx, "Shared", func() {
		maps.Copy(shared, p.shared)
	})
	return shared, err
}

func (p *process) ShareOnce(ctx context.Context, key, value string) error {
	return p.call(ctx, "ShareOnce", func() {
		if _, ok := p.shared[key]; !ok {
			p.shared[key] = value
		}
	})
}

func (p *process) Share(ctx context.Context, key, value string) error {
	return p.call(ctx, "Share", func() { p.shared[key] = value })
}

func (p *process) HasEntries(ctx context.Context) (has bool, err error) {
	err = p.call(ctx, "HasEntries", func() { has = len(p.entries) > 0 })
	return has, err
}

func (p *process) Send(_ context.Context, env mail.Envelope, raw []byte, begin func() error) ([]string, error) {
	p.pass(p.tick)
	if p.before != nil {
		if err := p.before("Send"); err != nil {
			return nil, err
		}
	}
	if err := begin(); err != nil {
		return nil, fmt.Errorf("hold the mail back: %w", err)
	}
	a := p.script[env.To]
	if a.during != nil {
		a.during()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var id crm.OpportunityID
	if _, err := fmt.Sscanf(env.To, "client%d@", &id); err == nil && p.clock.Sub(p.read[id]) >= time.Minute {
		p.stale = append(p.stale, env.To)
	}
	if p.die > 0 && p.steps >= p.die {
		return nil, cutOff
	}
	if a.err == nil || a.left {
		p.left[env.To] = append(p.left[env.To], letter{Envelope: env, Raw: strings.ReplaceAll(string(raw), "\r\n", "\n")})
	}
	p.steps++
	if p.steps == p.die {
		return nil, cutOff
	}
	return a.refusedCC, a.err
}

// refusal is a mail server's error.
type refusal struct {
	text    string
	failure ledger.Failure
}

func (r *refusal) Error() string           { return r.text }
func (r *refusal) Failure() ledger.Failure { return r.failure }

var (
	cutOff   = &refusal{text: "the connection broke", failure: ledger.FailureUnknown}
	noClient = &refusal{text: "550 5.1.1 no such <user>", failure: ledger.FailureClient}
	later    = &refusal{text: "450 4.2.0 greylisted", failure: ledger.FailureClientForNow}
	noServer = &refusal{text: "connection refused", failure: ledger.FailureServer}
)

// sink keeps a report as short lines: outcome, opportunity, and why.
type sink struct {
	items []report.Item
	err   error
}

func (s *sink) Item(item report.Item) error {
	s.items = append(s.items, item)
	return s.err
}

func (s *sink) lines() []string {
	var list []string
	for _, item := range s.items {
		line := fmt.Sprintf("%s %d", item.Outcome, item.Opportunity)
		if item.Reason != "" {
			line += " " + string(item.Reason)
		}
		if item.Error != "" {
			line += ": " + item.Error
		}
		list = append(list, line)
	}
	return list
}

var set = sync.OnceValues(func() (*render.Set, error) { return render.Load(nil, templates.FS) })

// notes are the built-in ones.
var notes = sync.OnceValue(func() *mailing.Notes {
	list, err := mailing.LoadNotes(overlay.New(nil, templates.FS))
	if err != nil {
		panic(err)
	}
	return list
})

// reminders is a run of its own in the office, with its report and its log.
func reminders(t testing.TB, p *process, token string) (*remind.Run, *sink, *bytes.Buffer) {
	t.Helper()
	templates, err := set()
	require.NoError(t, err)
	from, err := address.New("Example Sales", "sales@example.com")
	require.NoError(t, err)
	items, log := &sink{}, &bytes.Buffer{}
	return &remind.Run{
		Base: run.Base{
			Odoo: p, Now: p.now(), Begin: func(context.Context) error { return nil }, Sink: items, Company: 1,
			Log: logger(log),
		},
		Courier: &ledger.Courier{
			Entries: p, Sender: p, Notes: notes(), Token: token, Domain: "example.com", Connections: 1, Clock: p.now,
		},
		Composer: &mailing.Composer{Templates: templates, Notes: notes(), From: from, Zone: time.UTC},
		Policy:   remindplan.Policy{Days: []int{7, 15, 30}, CatchUp: 3, StopOnReply: true, Zone: time.UTC},
	}, items, log
}

func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}
