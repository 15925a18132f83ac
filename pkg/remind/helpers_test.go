package remind_test

import (
	"bytes"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/remind"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// confirm is what a run does to an entry whose mail left.
func confirm(e *ledgertest.StoredEntry) { e.Confirmed = true }

const day = 24 * time.Hour

// reminders is a run for the process, with its report and its log.
func reminders(t testing.TB, p *ledgertest.Process, token string) (*remind.Run, *mailingtest.Sink, *bytes.Buffer) {
	t.Helper()
	items, log := &mailingtest.Sink{}, &bytes.Buffer{}
	return &remind.Run{
		Base:     mailingtest.Base(p, items, log),
		Courier:  mailingtest.Courier(p, token),
		Composer: mailingtest.Composer(),
		Policy:   remindplan.Policy{Days: []int{7, 15, 30}, CatchUp: 3, StopOnReply: true, Zone: time.UTC},
	}, items, log
}
