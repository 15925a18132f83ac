package remind_test

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/remind"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

var (
	zoe = address.Address{Name: "Zoë Client", Mailbox: "zoe@client.example"}
	sam = address.Address{Name: "Sam <Sales>", Mailbox: "sam@example.com"}
)

// chairs is a record and the decision to mail it, as a planner would give it.
func chairs() (crm.Record, remindplan.Decision) {
	return crm.Record{
		Opportunity: crm.Opportunity{
			ID: 42, Name: "Office chairs", Active: true, Created: ledgertest.Noon.AddDate(0, 0, -7), Email: zoe.Mailbox,
			ContactName: "Zoë Client", Language: "en_GB",
		},
		Contact:     crm.Contact{ID: 9, Name: "Zoë", Language: "fr_FR"},
		Salesperson: crm.Salesperson{ID: 3, Name: "Sam", Email: sam.Mailbox, Active: true, Language: "fr_FR"},
		Company: crm.Company{
			ID: 1, Name: "Example", Language: "en_US", Catchall: "catchall@odoo.example.com", Bounce: "Bounce <bounce@odoo.example.com>",
		},
	}, remindplan.Decision{Opportunity: 42, Step: 7, HasStep: true, To: zoe, CC: sam}
}

func composer(t *testing.T, changes ...func(*mailing.Composer)) *mailing.Composer {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	l := &mailing.Composer{
		Templates: mailingtest.Templates(), Notes: mailingtest.Notes(), From: address.Address{Name: "Example Sales", Mailbox: "sales@example.com"}, Zone: zone,
	}
	for _, change := range changes {
		change(l)
	}
	return l
}

// header is the mail's header, decoded, and its two parts.
func parsed(t *testing.T, raw []byte) (header map[string]string, text, html string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(string(raw)))
	require.NoError(t, err)
	header = map[string]string{}
	for name, values := range m.Header {
		require.Len(t, values, 1, name)
		header[name], err = new(mime.WordDecoder).DecodeHeader(values[0])
		require.NoError(t, err)
	}
	kind, parameters, err := mime.ParseMediaType(header["Content-Type"])
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	delete(header, "Content-Type")
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	for _, part := range []struct {
		kind string
		text *string
	}{{"text/plain", &text}, {"text/html", &html}} {
		p, err := parts.NextRawPart()
		require.NoError(t, err)
		kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		require.NoError(t, err)
		require.Equal(t, part.kind, kind)
		require.Equal(t, "quoted-printable", p.Header.Get("Content-Transfer-Encoding"))
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		require.NoError(t, err)
		*part.text = string(body)
	}
	return header, text, html
}

func TestAReminderIsAMailAnEnvelopeAndAnEntry(t *testing.T) {
	t.Parallel()
	r, d := chairs()
	var kept []mailing.Draft
	l := composer(t, func(l *mailing.Composer) { l.Keep = func(d mailing.Draft) { kept = append(kept, d) } })
	m, err := remind.Compose(l, r, d, "00ff", ledgertest.Noon)
	require.NoError(t, err)

	header, text, html := parsed(t, m.Raw)
	assert.Equal(t, map[string]string{
		"Date":                     "Mon, 23 Nov 2026 13:00:00 +0100",
		"From":                     `"Example Sales" <sales@example.com>`,
		"Reply-To":                 "catchall@odoo.example.com",
		"To":                       "Zoë Client <zoe@client.example>",
		"Cc":                       `"Sam <Sales>" <sam@example.com>`,
		"Subject":                  "“Office chairs”: do you have what you need?",
		"Message-Id":               "<crm-tool.remind.42.7.00ff@example.com>",
		"List-Unsubscribe":         "<mailto:catchall@odoo.example.com?subject=unsubscribe&In-Reply-To=%3Ccrm-tool.remind.42.7.00ff%40example.com%3E>",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "OOF, AutoReply",
		"Content-Language":         "en",
		"Mime-Version":             "1.0",
	}, header)
	assert.Contains(t, text, "Hello Zoë Client,")
	assert.Contains(t, html, "<html")
	assert.Contains(t, html, "Office chairs")

	require.Len(t, kept, 1)
	assert.Equal(t, m.Raw, kept[0].Raw)
	assert.Equal(t, crm.OpportunityID(42), kept[0].Opportunity.ID)
	assert.Equal(t, 7, kept[0].Step)
	assert.Equal(t, m.MessageID, kept[0].Message.MessageID)

	to, _, found := strings.Cut(m.Body, "</small></p>")
	require.True(t, found)
	assert.Equal(t, "<p><small>À : Zoë Client &lt;zoe@client.example&gt; · Cc : &#34;Sam &lt;Sales&gt;&#34; &lt;sam@example.com&gt;", to,
		"what colleagues read is in the salesperson's language")
	assert.Contains(t, m.Body, "Office chairs")
	m.Raw, m.Body = nil, ""
	assert.Equal(t, ledger.Mail{
		Claim: ledger.Claim{
			Key:       crm.ReminderKey(42, 7),
			MessageID: "<crm-tool.remind.42.7.00ff@example.com>",
			Subject:   "“Office chairs”: do you have what you need?",
			From:      "Example Sales <sales@example.com>",
			Template:  "reminder-7.en",
			ReplyTo:   "catchall@odoo.example.com",
		},
		Language: "fr_FR",
		Envelope: mail.Envelope{From: "bounce@odoo.example.com", To: "zoe@client.example", CC: []string{"sam@example.com"}},
	}, m)
}

func TestWhereAnswersAndReportsGo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		composer func(*mailing.Composer)
		company  func(*crm.Company)
		replyTo  string
		envelope string
	}{
		{
			"to the addresses that Odoo fetches", func(*mailing.Composer) {}, func(*crm.Company) {},
			"catchall@odoo.example.com", "bounce@odoo.example.com",
		},
		{
			"to the configured ones first", func(l *mailing.Composer) {
				l.ReplyTo = address.Address{Name: "Answers", Mailbox: "answers@example.com"}
				l.EnvelopeFrom = address.Address{Mailbox: "reports@example.com"}
			}, func(*crm.Company) {}, "Answers <answers@example.com>", "reports@example.com",
		},
		{
			"reports to the sender when Odoo has no address for them", func(*mailing.Composer) {}, func(c *crm.Company) { c.Bounce = "" },
			"catchall@odoo.example.com", "sales@example.com",
		},
		{
			"answers nowhere when Odoo has no address for them", func(*mailing.Composer) {}, func(c *crm.Company) { c.Catchall = "" },
			"", "bounce@odoo.example.com",
		},
		{
			"not to what is no address in Odoo", func(*mailing.Composer) {}, func(c *crm.Company) { c.Catchall, c.Bounce = "catchall", "bounce@localhost" },
			"", "sales@example.com",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, d := chairs()
			c.company(&r.Company)
			m, err := remind.Compose(composer(t, c.composer), r, d, "a", ledgertest.Noon)
			require.NoError(t, err)
			header, _, _ := parsed(t, m.Raw)
			replyTo := strings.ReplaceAll(header["Reply-To"], `"`, "")
			assert.Equal(t, c.replyTo, replyTo)
			assert.Equal(t, c.replyTo, m.ReplyTo)
			assert.Equal(t, c.envelope, m.Envelope.From)
		})
	}
}

func TestAMailWithoutASalespersonHasNoCopy(t *testing.T) {
	t.Parallel()
	r, d := chairs()
	r.Salesperson, d.CC = crm.Salesperson{}, address.Address{}
	m, err := remind.Compose(composer(t), r, d, "a", ledgertest.Noon)
	require.NoError(t, err)
	header, _, _ := parsed(t, m.Raw)
	assert.NotContains(t, header, "Cc")
	assert.Equal(t, mail.Envelope{From: "bounce@odoo.example.com", To: "zoe@client.example"}, m.Envelope)
	assert.True(t, strings.HasPrefix(m.Body, "<p><small>To: Zoë Client &lt;zoe@client.example&gt;</small></p>"), m.Body)
}

func TestALetterSpeaksTheClientsLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                                   string
		opportunity, contact, setting, company string
		want                                   string
	}{
		{"the opportunity's first", "fr_CA", "en_US", "en", "en_US", "fr"},
		{"then the contact's", "", "fr_FR", "en", "en_US", "fr"},
		{"then the configured one", "", "", "fr", "en_US", "fr"},
		{"then the company's", "", "", "", "fr_BE", "fr"},
		{"a language without templates is passed over", "qaa_QA", "fr_FR", "", "en_US", "fr"},
		{"and English in the end", "qaa_QA", "", "", "", "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, d := chairs()
			r.Opportunity.Language, r.Contact.Language, r.Company.Language = c.opportunity, c.contact, c.company
			m, err := remind.Compose(composer(t, func(l *mailing.Composer) { l.Language = c.setting }), r, d, "a", ledgertest.Noon)
			require.NoError(t, err)
			header, _, _ := parsed(t, m.Raw)
			assert.Equal(t, c.want, header["Content-Language"])
		})
	}
}

func TestNothingFromOdooAddsAHeaderOrARecipient(t *testing.T) {
	t.Parallel()
	const evil = "Chairs\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>"
	r, d := chairs()
	r.Opportunity.Name, r.Opportunity.OrganizationName, r.Contact.Name = evil, evil, evil
	r.Salesperson.Name, r.Salesperson.Signature, r.Company.Name = evil, evil, evil
	r.Company.Catchall, r.Company.Bounce = "catchall@odoo.example.com\r\nBcc: all@example.com", "bounce@odoo.example.com> SIZE=1"
	d.To.Name, d.CC.Name = evil, evil
	m, err := remind.Compose(composer(t), r, d, "a", ledgertest.Noon)
	require.NoError(t, err)
	header, _, html := parsed(t, m.Raw)
	assert.NotContains(t, header, "Bcc")
	assert.NotContains(t, html, "<script>")
	assert.NotContains(t, m.Body, "<script>")
	require.NoError(t, m.Envelope.Validate())
}

func TestALetterThatCannotBeMadeIsAnError(t *testing.T) {
	t.Parallel()
	r, d := chairs()
	d.To.Mailbox = "zoe@client.example\r\nBcc: all@example.com"
	_, err := remind.Compose(composer(t), r, d, "a", ledgertest.Noon)
	var field *mail.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "To", field.Field)
	assert.ErrorContains(t, err, "compose the mail: To: ")
}

func TestATestIsForItsReaderAlone(t *testing.T) {
	t.Parallel()
	tester := address.Address{Mailbox: "dev@tester.example"}
	p := mailing.Preview{Draft: mailing.Draft{Message: mail.Message{
		From: address.Address{Name: "Example Sales", Mailbox: "sales@example.com"}, ReplyTo: address.Address{Mailbox: "catchall@example.com"},
		To: []address.Address{zoe}, CC: []address.Address{sam}, Subject: "How is it going?", Text: "Hello\n", HTML: "<p>Hello</p>",
		MessageID: "<crm-tool.remind.42.7.a@example.com>", Date: ledgertest.Noon,
	}}}
	test, err := p.Test(tester, address.Address{}, "abc", ledgertest.Noon)
	require.NoError(t, err)
	assert.Equal(t, mail.Envelope{From: "sales@example.com", To: "dev@tester.example"}, test.Envelope)
	header, _, _ := parsed(t, test.Raw)
	assert.Equal(t, "[Test] How is it going?", header["Subject"])
	assert.Equal(t, "dev@tester.example", header["To"])
	assert.Equal(t, "dev@tester.example", header["Reply-To"])
	assert.NotContains(t, header, "Cc")
	assert.Equal(t, "<test.abc@example.com>", header["Message-Id"])
	_, _, ours := crm.ParseMessageID(header["Message-Id"])
	assert.False(t, ours)
	assert.NotContains(t, string(test.Raw), zoe.Mailbox)
	assert.Len(t, p.Message.CC, 1, "the preview itself stays as it is")

	test, err = p.Test(tester, address.Address{Mailbox: "bounce@example.com"}, "abc", ledgertest.Noon)
	require.NoError(t, err)
	assert.Equal(t, "bounce@example.com", test.Envelope.From)
}

func TestARuleSaysWhoWrites(t *testing.T) {
	t.Parallel()
	own := rule.Rule{
		Number: 1, If: crm.Condition{Teams: []crm.TeamID{5}}, Templates: "export",
		From: address.Address{Name: "Example Export", Mailbox: "export@example.com"}, ReplyTo: address.Address{Mailbox: "export-answers@example.com"},
	}
	l := composer(t, func(l *mailing.Composer) {
		l.Rules, l.ReplyTo = rule.List{own}, address.Address{Mailbox: "answers@example.com"}
	})
	for _, c := range []struct {
		team                    crm.TeamID
		from, replyTo, envelope string
	}{
		{5, `"Example Export" <export@example.com>`, "export-answers@example.com", "export@example.com"},
		{6, `"Example Sales" <sales@example.com>`, "answers@example.com", "sales@example.com"},
	} {
		r, d := chairs()
		r.Opportunity.Team, r.Company.Bounce = c.team, ""
		m, err := remind.Compose(l, r, d, "a", ledgertest.Noon)
		require.NoError(t, err)
		header, _, _ := parsed(t, m.Raw)
		assert.Equal(t, c.from, header["From"])
		assert.Equal(t, c.replyTo, header["Reply-To"])
		assert.Equal(t, c.envelope, m.Envelope.From)
		assert.Equal(t, "<crm-tool.remind.42.7.a@example.com>", m.MessageID, "the Message-ID is of the usual sender's domain")
	}
}
