//go:build !odoo

package scenario_test

import (
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestAPanicWhileSendingIsReportedAndLeavesNoClaim(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at              string
		sent, uncertain int
		arrived         int
	}{
		"before the mail": {at: "MAIL FROM", sent: 4, arrived: few},
		"within the mail": {at: "\r\nSubject:", sent: 4, uncertain: 1, arrived: few - 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, false, func(t *testing.T, sim *simulation) {
				clients := dueReminders(t, sim)
				dial := sim.env.Dial
				sim.env.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := dial(ctx, network, address)
					return &panicking{Conn: conn, at: []byte(c.at), left: c.sent}, err
				}
				d, status := sim.tool(t, "remind")
				assert.Equal(t, 70, status)
				assert.Equal(t, c.sent, d.Counts["sent"])
				assert.Len(t, d.Items, few, "each has its outcome")
				sim.env.Dial = dial
				_, status = sim.tool(t, "remind")
				assert.Equal(t, 0, status, "no claim is in the way, at once")
				assert.Len(t, sim.mailbox.Messages(), c.arrived)
				time.Sleep(time.Hour)
				d, status = sim.tool(t, "runs", "uncertain")
				require.Equal(t, 0, status)
				assert.Len(t, d.Items, c.uncertain)
				assert.Zero(t, verifyMails(crm.Reminder)(t, sim, clients).wrong)
			})
		})
	}
}

// panicking is a connection on which a write panics.
type panicking struct {
	net.Conn

	at   []byte
	left int
}

func (p *panicking) Write(b []byte) (int, error) {
	if bytes.Contains(b, p.at) {
		if p.left == 0 {
			panic("oops")
		}
		p.left--
	}
	return p.Conn.Write(b)
}
