package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
)

func TestWhoIsMailed(t *testing.T) {
	t.Parallel()
	email := func(text string) func(*crm.Record) {
		return opportunity(func(o *crm.Opportunity) { o.Email = text })
	}
	contactEmail := func(text string) func(*crm.Record) {
		return contact(func(c *crm.Contact) { c.Email = text })
	}
	refused := func(mailbox string) func(*crm.Record) {
		return func(r *crm.Record) {
			entry(crm.Refused, 7, false, hour)(r)
			r.Entries[len(r.Entries)-1].Token = crm.AddressToken(mailbox)
		}
	}
	for _, c := range []struct {
		name   string
		change []func(*crm.Record)
		to     address.Address
		reason crm.Reason
	}{
		{"the opportunity's own address comes first", nil, zoe, ""},
		{
			"without one it is the contact's",
			[]func(*crm.Record){email(" ")},
			address.Address{Name: "Zoë Client", Mailbox: "zoe@home.example"},
			"",
		},
		{
			"nor with one that is none",
			[]func(*crm.Record){email("call her")},
			address.Address{Name: "Zoë Client", Mailbox: "zoe@home.example"},
			"",
		},
		{
			"of several the first valid one",
			[]func(*crm.Record){email("zoe@, zoe@client, max@client.example; zoe@client.example")},
			address.Address{Name: "Zoë Client", Mailbox: "max@client.example"},
			"",
		},
		{
			"a name beside the address is kept",
			[]func(*crm.Record){email(`"Client, Max" <max@client.example>`)},
			address.Address{Name: "Client, Max", Mailbox: "max@client.example"},
			"",
		},
		{
			"else the person's name",
			[]func(*crm.Record){opportunity(func(o *crm.Opportunity) { o.ContactName = "  Max  " })},
			address.Address{Name: "Max", Mailbox: "zoe@client.example"},
			"",
		},
		{
			"else the contact's",
			[]func(*crm.Record){opportunity(func(o *crm.Opportunity) { o.ContactName = "" })},
			address.Address{Name: "Zoë at home", Mailbox: "zoe@client.example"},
			"",
		},
		{
			"a name fit to stand in a header",
			[]func(*crm.Record){opportunity(func(o *crm.Opportunity) { o.ContactName = "Max\r\nBcc: \u202eeve\x1b[2J" })},
			address.Address{Name: "Max Bcc: eve [2J", Mailbox: "zoe@client.example"},
			"",
		},
		{
			"a name that pretends another address is none",
			[]func(*crm.Record){opportunity(func(o *crm.Opportunity) { o.ContactName = "eve@stranger.example" })},
			address.Address{Name: "Zoë at home", Mailbox: "zoe@client.example"},
			"",
		},
		{
			"an endless name ends",
			[]func(*crm.Record){opportunity(func(o *crm.Opportunity) { o.ContactName = strings.Repeat("x", 1<<20) })},
			address.Address{Name: strings.Repeat("x", 128), Mailbox: "zoe@client.example"},
			"",
		},
		{
			"nobody has a name",
			[]func(*crm.Record){
				opportunity(func(o *crm.Opportunity) { o.ContactName = "\t" }), contact(func(c *crm.Contact) { *c = crm.Contact{} }),
			},
			address.Address{Mailbox: "zoe@client.example"},
			"",
		},
		{"neither has an address", []func(*crm.Record){email(""), contactEmail("\n")}, address.Address{}, crm.NoEmail},
		{
			"there is no contact either",
			[]func(*crm.Record){email(""), contact(func(c *crm.Contact) { *c = crm.Contact{} })},
			address.Address{},
			crm.NoEmail,
		},
		{"what is there is no address", []func(*crm.Record){email("zoe(at)client.example"), contactEmail("")}, address.Address{}, crm.BadEmail},
		{"nor is the contact's", []func(*crm.Record){email(""), contactEmail("zoe@")}, address.Address{}, crm.BadEmail},
		{"an address that would break out of SMTP is none", []func(*crm.Record){
			email("\"zoe> SIZE=1\"@client.example"), contactEmail("zoe client@example"),
		}, address.Address{}, crm.BadEmail},
		{
			"the blacklist holds the address",
			[]func(*crm.Record){opportunity(func(o *crm.Opportunity) { o.Blacklisted = true })},
			address.Address{},
			crm.Blacklisted,
		},
		{
			"it holds the contact's, and that is the client's only one",
			[]func(*crm.Record){email(""), contact(func(c *crm.Contact) { c.Blacklisted = true })},
			address.Address{},
			crm.Blacklisted,
		},
		{
			"it holds the contact's, and he has another one here",
			[]func(*crm.Record){contact(func(c *crm.Contact) { c.Blacklisted = true })},
			zoe, "",
		},
		{
			"a mail to the address came back",
			[]func(*crm.Record){opportunity(func(o *crm.Opportunity) { o.Bounces = 1 })},
			address.Address{},
			crm.Bounced,
		},
		{
			"it came back to the contact who has the address",
			[]func(*crm.Record){contactEmail("ZOE@client.example"), contact(func(c *crm.Contact) { c.Bounces = 1 })},
			address.Address{},
			crm.Bounced,
		},
		{
			"it came back for somebody else, says the contact who has the address",
			[]func(*crm.Record){contactEmail("zoe@client.example"), opportunity(func(o *crm.Opportunity) { o.Bounces = 1 })},
			zoe, "",
		},
		{
			"it came back from the contact's address, and he has another one here",
			[]func(*crm.Record){contact(func(c *crm.Contact) { c.Bounces = 1 })},
			zoe, "",
		},
		{
			"the salesperson's copy came back",
			[]func(*crm.Record){
				opportunity(func(o *crm.Opportunity) { o.Bounces = 1 }), salesperson(func(s *crm.Salesperson) { s.Bounces = 5 }), mailed(3, 4*day),
			},
			zoe, "",
		},
		{
			"the copy and the mail itself came back",
			[]func(*crm.Record){
				opportunity(func(o *crm.Opportunity) { o.Bounces = 2 }), salesperson(func(s *crm.Salesperson) { s.Bounces = 5 }), mailed(3, 4*day),
			},
			address.Address{},
			crm.Bounced,
		},
		{
			"a mail came back that was none of ours, while the salesperson's come back too",
			[]func(*crm.Record){
				opportunity(func(o *crm.Opportunity) { o.Bounces = 1 }), salesperson(func(s *crm.Salesperson) { s.Bounces = 5 }),
			},
			address.Address{},
			crm.Bounced,
		},
		{"the server refused the address", []func(*crm.Record){refused("zoe@client.example")}, address.Address{}, crm.RefusedByServer},
		{"whatever its case", []func(*crm.Record){refused("ZOE@client.example")}, address.Address{}, crm.RefusedByServer},
		{"at another step as well", []func(*crm.Record){refused("zoe@client.example"), mailed(3, 4*day)}, address.Address{}, crm.RefusedByServer},
		{"a corrected address is mailed again", []func(*crm.Record){refused("zoo@client.example")}, zoe, ""},
		{
			"one that was refused before and is there again is not",
			[]func(*crm.Record){refused("zoo@client.example"), refused("zoe@client.example")},
			address.Address{},
			crm.RefusedByServer,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := decided(t, aged(7, c.change...), policy(t))
			assert.Equal(t, c.reason, got.Reason)
			assert.Equal(t, c.to, got.To)
			if c.reason != "" {
				assert.Zero(t, got.CC, "nobody gets a copy of nothing")
			}
		})
	}
}

func TestWhoGetsACopy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*crm.Record)
		want   address.Address
	}{
		{"the salesperson", func(*crm.Record) {}, sam},
		{
			"by his name in Odoo", salesperson(func(s *crm.Salesperson) { s.Email = "Robot <sam@example.com>" }),
			sam,
		},
		{
			"or the one beside his address", salesperson(func(s *crm.Salesperson) { s.Name, s.Email = " ", "Robot <sam@example.com>" }),
			address.Address{Name: "Robot", Mailbox: "sam@example.com"},
		},
		{"nobody when there is no salesperson", salesperson(func(s *crm.Salesperson) { *s = crm.Salesperson{} }), address.Address{}},
		{"nobody when he is deactivated", salesperson(func(s *crm.Salesperson) { s.Active = false }), address.Address{}},
		{"nobody when he has no address", salesperson(func(s *crm.Salesperson) { s.Email = "" }), address.Address{}},
		{"nobody when his address is none", salesperson(func(s *crm.Salesperson) { s.Email = "sam@localhost" }), address.Address{}},
		{"nobody when he is the client", salesperson(func(s *crm.Salesperson) { s.Email = "Zoe@Client.example" }), address.Address{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := decided(t, aged(7, c.change), policy(t))
			assert.Equal(t, plan.Decision{Opportunity: 42, Step: 7, HasStep: true, To: zoe, CC: c.want}, got)
		})
	}
}
