// Package mailingtest wires runs for tests: to package ledgertest, to the texts
// that are built in, and to a report that is kept in memory.
package mailingtest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/templates"
)

// Sink keeps the items of a report. Err is what it returns for each.
type Sink struct {
	Items []report.Item
	Err   error
}

var _ run.Sink = (*Sink)(nil)

// Item implements [run.Sink].
func (s *Sink) Item(item report.Item) error {
	s.Items = append(s.Items, item)
	return s.Err
}

// Lines returns a short line for each item: outcome, opportunity, and why.
func (s *Sink) Lines() []string {
	var list []string
	for _, item := range s.Items {
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

// Base returns what every run has, for the process. Log gets lines without times.
func Base(p *ledgertest.Process, sink *Sink, log io.Writer) run.Base {
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	return run.Base{
		Odoo: p, Now: p.Now(), CompareClocks: p.CompareClocks, Begin: func(context.Context) error { return nil }, Sink: sink, Company: 1, Log: logger,
	}
}

// Notes returns the built-in texts of notes.
var Notes = sync.OnceValue(func() *mailing.Notes { //nolint:gochecknoglobals // They are read once for all tests.
	return must(mailing.LoadNotes(overlay.New(nil, templates.FS)))
})

// Templates returns the built-in templates.
var Templates = sync.OnceValue(func() *render.Set { return must(render.Load(overlay.New(nil, templates.FS))) }) //nolint:gochecknoglobals // As Notes.

func must[T any](value T, err error) T {
	if err != nil {
		panic(err) // What is built in is right.
	}
	return value
}

// Composer returns a Composer with the built-in texts.
func Composer() *mailing.Composer {
	return &mailing.Composer{
		Templates: Templates(), Notes: Notes(), From: must(address.New("Example Sales", "sales@example.com")), Zone: time.UTC,
	}
}

// Courier returns a Courier for the process, with the built-in notes.
func Courier(p *ledgertest.Process, token string) *ledger.Courier {
	c := ledgertest.Courier(p, token)
	c.Notes = Notes()
	return c
}

// IDs returns the ids from first to last.
func IDs(first, last crm.OpportunityID) []crm.OpportunityID {
	var list []crm.OpportunityID
	for id := first; id <= last; id++ {
		list = append(list, id)
	}
	return list
}
