package run_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/remind"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/templates"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// confirm is what a run does to an entry whose mail left.
func confirm(e *ledgertest.StoredEntry) { e.Confirmed = true }

const day = 24 * time.Hour

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

var set = sync.OnceValues(func() (*render.Set, error) { return render.Load(overlay.New(nil, templates.FS)) })

// notes are the built-in ones.
var notes = sync.OnceValue(func() *mailing.Notes {
	list, err := mailing.LoadNotes(overlay.New(nil, templates.FS))
	if err != nil {
		panic(err)
	}
	return list
})

// reminders is a run of its own in the office, with its report and its log.
func reminders(t testing.TB, p *ledgertest.Process, token string) (*remind.Run, *sink, *bytes.Buffer) {
	t.Helper()
	templates, err := set()
	require.NoError(t, err)
	from, err := address.New("Example Sales", "sales@example.com")
	require.NoError(t, err)
	items, log := &sink{}, &bytes.Buffer{}
	return &remind.Run{
		Base: run.Base{
			Odoo: p, Now: p.Now(), Begin: func(context.Context) error { return nil }, Sink: items, Company: 1,
			Log: logger(log),
		},
		Courier: &ledger.Courier{
			Entries: p, Sender: p, Notes: notes(), Token: token, Domain: "example.com", Connections: 1, Clock: p.Now,
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
