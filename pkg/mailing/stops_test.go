package mailing_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// desk keeps what a run writes about mails that ask to stop.
type desk struct {
	bodies map[crm.EntryID]string
	asked  [][]crm.EntryID
	out    []crm.OptOut
	looked []time.Time
}

func (d *desk) Bodies(_ context.Context, ids []crm.EntryID) (map[crm.EntryID]string, error) {
	d.asked = append(d.asked, ids)
	return d.bodies, nil
}

func (d *desk) OptOut(_ context.Context, list []crm.OptOut) ([]bool, error) {
	d.out = append(d.out, list...)
	return make([]bool, len(list)), nil
}

func (d *desk) Looked(_ context.Context, at time.Time) error {
	d.looked = append(d.looked, at)
	return nil
}

// stopping is a run over an Odoo with one opportunity, whose mailbox has these mails.
func stopping(b *ledgertest.Backend, d *desk, mails ...crm.ClientMail) (*mailing.Mailer, *bytes.Buffer) {
	b.Inbox = mails
	p, log := &ledgertest.Process{Backend: b}, &bytes.Buffer{}
	base := mailingtest.Base(p, &mailingtest.Sink{}, log)
	base.Asked = map[string]crm.OptOut{}
	return &mailing.Mailer{
		Base: &base, Courier: mailingtest.Courier(p, "a"), Notes: mailingtest.Notes(), Kind: crm.Reminder,
		Item: func(o crm.Opportunity, _ crm.Entry) report.Item { return report.Item{Opportunity: o.ID} },
		Stops: &mailing.Stops{
			Store: d, Since: base.Now.Add(-mailing.StopsBack),
			Ours: []address.Address{{Mailbox: "sales@example.com"}, {}},
		},
	}, log
}

// mailFrom is a mail on opportunity 1 that came in an hour ago.
func mailFrom(from, subject string) crm.ClientMail {
	return crm.ClientMail{
		Message: crm.Message{ID: 70, Opportunity: 1, At: ledgertest.Noon.Add(-time.Hour), Subject: subject, Incoming: true}, From: from,
	}
}

func TestWhoIsOptedOutByAMail(t *testing.T) {
	t.Parallel()
	client := ledgertest.Client(1)
	contact := func(b *ledgertest.Backend) {
		b.Contacts[9] = crm.Contact{ID: 9, Email: "zoe@private.example"}
		b.Change(1, func(o *crm.Opportunity) { o.Contact = 9 })
	}
	for name, c := range map[string]struct {
		mail   crm.ClientMail
		change func(*ledgertest.Backend)
		body   string
		want   []string
		note   string
	}{
		"the client who asks": {
			mail: mailFrom("Zoë <"+client+">", "Re: Chairs"), body: "<p>STOP</p>", want: []string{client}, note: "sends this client nothing",
		},
		"the client whose mail program asks, also right after our mail": {
			mail: mailFrom(client, "unsubscribe"), want: []string{client}, note: "sends this client nothing",
			change: func(b *ledgertest.Backend) {
				b.AddClaims("x", time.Hour+time.Minute, 1)
			},
		},
		"nobody by a mail that asks for something else": {mail: mailFrom(client, "Re: Chairs"), body: "<p>How much is it?</p>"},
		"their contact and the client": {
			mail: mailFrom("zoe@private.example", "Re: Chairs"), body: "STOP", change: contact,
			want: []string{"zoe@private.example", client}, note: "sends this client nothing",
		},
		"the author whom Odoo takes for their contact, and the client": {
			mail: crm.ClientMail{Message: mailFrom("", "Re: Chairs").Message, From: "zoe@third.example", Author: 9}, body: "STOP", change: contact,
			want: []string{"zoe@third.example", client}, note: "sends this client nothing",
		},
		"a colleague and the client": {
			mail: mailFrom("boss@client.example", "Re: Chairs"), body: "STOP",
			want: []string{"boss@client.example", client}, note: "sends this client nothing",
		},
		"only the sender if they are somebody else": {
			mail: mailFrom("eve@else.example", "Re: Chairs"), body: "STOP", want: []string{"eve@else.example"}, note: "own address " + client + " still gets mails",
		},
		"nobody by the salesperson's mail": {mail: mailFrom("Sam <SAM@example.com>", "Re: Chairs"), body: "STOP"},
		"nobody by our own mail":           {mail: mailFrom("sales@example.com", "Re: Chairs"), body: "STOP"},
		"nobody by an automatic answer":    {mail: mailFrom(client, "Automatic reply: Chairs"), body: "STOP"},
		"nobody by a mail without sender":  {mail: mailFrom("", "Re: Chairs"), body: "STOP"},
		"nobody by a program that answers right after our mail": {
			mail: mailFrom(client, "Ticket 4711"), body: "STOP",
			change: func(b *ledgertest.Backend) { b.AddClaims("x", time.Hour+time.Minute, 1) },
		},
		"the sender of a mail on an opportunity that is gone": {
			mail: mailFrom(client, "STOP"), change: func(b *ledgertest.Backend) { b.DeleteOpportunity(1) }, want: []string{client},
		},
		"nobody by a mail from before the opt-out was lifted": {
			mail: mailFrom(client, "STOP"), change: func(b *ledgertest.Backend) {
				b.OptOuts = map[string]crm.OptOut{client: {Lifted: ledgertest.Noon}}
			},
		},
		"the client by a mail from after that": {
			mail: mailFrom(client, "STOP"), change: func(b *ledgertest.Backend) {
				b.OptOuts = map[string]crm.OptOut{client: {Lifted: ledgertest.Noon.Add(-2 * time.Hour)}}
			},
			want: []string{client}, note: "sends this client nothing",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, d := ledgertest.NewBackend().Open(1, 1, 7), &desk{bodies: map[crm.EntryID]string{70: c.body}}
			if c.change != nil {
				c.change(b)
			}
			m, log := stopping(b, d, c.mail)
			rec, err := m.Recover(t.Context())
			require.NoError(t, err)
			assert.Empty(t, d.out, "nothing is written yet")
			assert.ElementsMatch(t, c.want, slices.Collect(maps.Keys(m.Asked)), "but it counts")
			require.NoError(t, m.ApplyRecovery(t.Context(), rec))
			var out []string
			for _, o := range d.out {
				out = append(out, o.Address)
			}
			assert.Equal(t, c.want, out)
			assert.NotContains(t, log.String(), "@")
			notes := ""
			for _, e := range b.Notes() {
				notes += e
			}
			if c.note != "" {
				assert.Contains(t, notes, c.note)
			} else {
				assert.NotContains(t, notes, "no more mails")
			}
		})
	}
}

func TestAMailIsDealtWithOnce(t *testing.T) {
	t.Parallel()
	b, d := ledgertest.NewBackend().Open(1, 1, 7), &desk{}
	for range 2 {
		m, _ := stopping(b, d, mailFrom(ledgertest.Client(1), "STOP"))
		rec, err := m.Recover(t.Context())
		require.NoError(t, err)
		_, err = m.Recover(t.Context())
		require.NoError(t, err)
		require.NoError(t, m.ApplyRecovery(t.Context(), rec))
		require.NoError(t, m.ApplyRecovery(t.Context(), rec))
	}
	assert.Len(t, d.out, 1)
	assert.Len(t, d.asked, 2, "each run reads the mail once")
}

func TestHowFarMailsWereLookedAtIsNotedOnceADayOrForMany(t *testing.T) {
	t.Parallel()
	ago := func(list ...time.Duration) []crm.ClientMail {
		mails := make([]crm.ClientMail, len(list))
		for i, d := range list {
			mails[i] = mailFrom(ledgertest.Client(1), "Hello")
			mails[i].At = ledgertest.Noon.Add(-d)
		}
		return mails
	}
	for name, c := range map[string]struct {
		since time.Duration
		mails []crm.ClientMail
		want  []time.Time
	}{
		"not without mails":                           {since: 30 * 24 * time.Hour},
		"not for mails that are looked at again":      {since: 30 * 24 * time.Hour, mails: ago(time.Hour, 2*time.Hour)},
		"for one that is not, after a day":            {since: 30 * 24 * time.Hour, mails: ago(10*time.Hour, 2*time.Hour), want: []time.Time{ledgertest.Noon.Add(-2 * time.Hour)}},
		"not for a few on the same day":               {since: 20 * time.Hour, mails: ago(10*time.Hour, 2*time.Hour)},
		"for many on the same day, wherever they are": {since: 20 * time.Hour, mails: append(ago(time.Hour), slices.Repeat(ago(10*time.Hour), 50)...), want: []time.Time{ledgertest.Noon.Add(-time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, d := ledgertest.NewBackend().Open(1, 1, 7), &desk{}
			m, _ := stopping(b, d, c.mails...)
			m.Stops.Since = m.Now.Add(-c.since)
			rec, err := m.Recover(t.Context())
			require.NoError(t, err)
			require.NoError(t, m.ApplyRecovery(t.Context(), rec))
			assert.Equal(t, c.want, d.looked)
			for _, ids := range d.asked {
				assert.LessOrEqual(t, len(ids), 50, "mails are read in small portions")
			}
		})
	}
}

func TestADryRunWritesNothingAboutMailsThatAskToStop(t *testing.T) {
	t.Parallel()
	b, d := ledgertest.NewBackend().Open(1, 1, 7), &desk{}
	mail := mailFrom(ledgertest.Client(1), "STOP")
	mail.At = ledgertest.Noon.AddDate(0, 0, -2)
	m, _ := stopping(b, d, mail, mailFrom("eve@else.example", "Hello"))
	m.Stops.Store = mailing.DryStops{StopStore: d}
	rec, err := m.Recover(t.Context())
	require.NoError(t, err)
	require.NoError(t, m.ApplyRecovery(t.Context(), rec))
	assert.Empty(t, d.out)
	assert.Empty(t, d.looked)
	assert.Contains(t, m.Asked, ledgertest.Client(1))
}

func TestLookingForMailsThatAskToStopIsNoCallOfItsOwn(t *testing.T) {
	t.Parallel()
	b, d := ledgertest.NewBackend().Open(1, 1, 7), &desk{}
	m, _ := stopping(b, d)
	rec, err := m.Recover(t.Context())
	require.NoError(t, err)
	require.NoError(t, m.ApplyRecovery(t.Context(), rec))
	p, ok := m.Odoo.(*ledgertest.Process)
	require.True(t, ok)
	assert.Equal(t, []string{"OpenClaims"}, p.Calls)
	assert.Empty(t, d.asked)
}
