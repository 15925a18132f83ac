//go:build odoo

package scenario_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A slow mail server: what was won, archived or answered while a mail took its
// time is left alone, for Odoo is asked again before it is a minute old.
func TestWhatChangesDuringASlowMailIsLeftAlone(t *testing.T) {
	s := newSite(t)
	clients := s.pipeline(t, "client", 5, week)
	p, goOn := s.hold(t, func() *process {
		return s.start(t, []string{"CRM_TOOL_SMTP_CONNECTIONS=1", "CRM_TOOL_SMTP_TIMEOUT=2m"}, "remind", "-o", "json")
	})
	s.write(leadModel, clients[1:2], map[string]any{"stage_id": s.search("crm.stage", []any{[]any{"is_won", "=", true}}, "name")[0].id()})
	s.write(leadModel, clients[2:3], map[string]any{"active": false})
	about := s.search(messageModel, []any{[]any{"model", "=", leadModel}, []any{"res_id", "=", clients[3]}}, "message_id")
	s.execute(admin, "mail.thread", "message_process", []any{leadModel, letter{
		from: "client-3@client.example", subject: "Thank you", messageID: "<thanks@client.example>", inReplyTo: about[0].text("message_id"),
	}.String()}, nil)
	time.Sleep(55 * time.Second)
	goOn()
	d, status := p.end(t)
	assert.Equal(t, 0, status, "%s", &p.stderr)
	outcomes := map[int64]string{}
	for _, i := range d.Items {
		outcomes[i.Opportunity] += i.Outcome + " " + i.Reason
	}
	require.Equal(t, map[int64]string{
		clients[0]: "sent ", clients[1]: "skipped won", clients[2]: "skipped gone", clients[3]: "skipped replied", clients[4]: "sent ",
	}, outcomes)
	require.Equal(t, map[int64]int{clients[0]: 1, clients[4]: 1}, s.mailed(t))
	s.requireAgreement(t)
}
