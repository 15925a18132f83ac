package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// seller is the salesperson of the records, with their contact.
var seller = crm.Salesperson{ID: 7, Contact: 70, Name: "Sam Seller", Email: "sam@example.com", Active: true}

func of(s crm.Salesperson) change {
	return func(r *plan.Record) { r.Salesperson, r.Opportunity.Salesperson = s, s.ID }
}

// told is a warning to a salesperson so long ago, the number-th one.
func told(number int, ago time.Duration, confirmed bool, to crm.UserID) change {
	return func(r *plan.Record) {
		key := crm.WarningKey(r.Opportunity.ID, number)
		token := crm.WarningToken("00ff", crm.WarningKey(1, 1), to)
		r.Entries = append(r.Entries, crm.Entry{
			ID: crm.EntryID(100 + len(r.Entries)), Key: key, On: r.Opportunity.ID, Token: token, MessageID: key.MessageID(token, "example.com"),
			Confirmed: confirmed, At: now.Add(-ago),
		})
	}
}

// wroteOn is what somebody wrote on the opportunity, answered an answer to the mail.
func wroteOn(author crm.ContactID, ago time.Duration, subject string) change {
	return func(r *plan.Record) {
		r.Colleagues = append(r.Colleagues, crm.Colleague{Opportunity: r.Opportunity.ID, Author: author, At: now.Add(-ago), Subject: subject})
	}
}

func answered(ago time.Duration, subject string) change {
	return func(r *plan.Record) {
		mail := crm.WarningKey(1, 1).MessageID(crm.WarningToken("00ff", crm.WarningKey(1, 1), seller.ID), "example.com")
		r.Colleagues = append(r.Colleagues, crm.Colleague{Opportunity: 1, At: now.Add(-ago), Subject: subject, Answers: mail})
	}
}

func TestASalespersonIsToldBeforeArchivingOnceAndInTime(t *testing.T) {
	t.Parallel()
	gone, mute := seller, seller
	gone.Active, mute.Email = false, ""
	refused := func(r *plan.Record) {
		r.Entries = append(r.Entries, crm.Entry{Key: crm.Key{Kind: crm.Refused, Opportunity: r.Opportunity.ID}, Token: crm.AddressToken(seller.Email)})
	}
	noted := func(r *plan.Record) {
		last := r.Entries[len(r.Entries)-1]
		r.Entries = append(r.Entries, crm.Entry{ID: last.ID + 1, Key: last.Key.Note(crm.Uncertain), Confirmed: false})
	}
	date := func(month time.Month, day int) calendar.Date {
		return calendar.Date{Year: 2026, Month: month, Day: day}
	}
	for name, c := range map[string]struct {
		age     int
		changes []change
		want    plan.Decision
	}{
		"before its time":                             {24, nil, plan.Decision{Reason: crm.OutsideWindow}},
		"five days before":                            {25, nil, plan.Decision{Warn: true, On: date(11, 28)}},
		"overdue when it is switched on":              {60, nil, plan.Decision{Warn: true, On: date(11, 28)}},
		"told four days ago":                          {40, []change{told(1, 4*day, true, 7)}, plan.Decision{Reason: crm.OutsideWindow, On: date(11, 24)}},
		"told five days ago":                          {40, []change{told(1, 5*day, true, 7)}, plan.Decision{On: date(11, 23)}},
		"told long before it is due":                  {27, []change{told(1, 10*day, true, 7)}, plan.Decision{Reason: crm.OutsideWindow, On: date(11, 26)}},
		"told so long ago that it counts no more":     {90, []change{told(1, 36*day, true, 7)}, plan.Decision{Warn: true, On: date(11, 28)}},
		"another one was told":                        {40, []change{told(1, 9*day, true, 8)}, plan.Decision{Warn: true, On: date(11, 28)}},
		"a run is telling":                            {40, []change{told(1, time.Minute, false, 7)}, plan.Decision{Reason: crm.ClaimedElsewhere}},
		"nobody knows whether they were told":         {40, []change{told(1, 9*day, false, 7), noted}, plan.Decision{Reason: crm.IsUncertain}},
		"kept by an answer to the mail":               {40, []change{told(1, 9*day, true, 7), answered(8*day, "Re: x")}, plan.Decision{Reason: crm.KeptAnswer, On: date(12, 20)}},
		"not by an automatic one":                     {40, []change{told(1, 9*day, true, 7), answered(8*day, "Automatic reply: x")}, plan.Decision{On: date(11, 19)}},
		"not by an answer to another mail":            {40, []change{told(1, 9*day, true, 8), told(2, 8*day, true, 9), answered(8*day, "Re: x")}, plan.Decision{Warn: true, On: date(11, 28)}},
		"kept by what they wrote":                     {40, []change{told(1, 9*day, true, 7), wroteOn(70, 29*day-30*day+8*day, "")}, plan.Decision{Reason: crm.KeptAnswer, On: date(12, 21)}},
		"not by what they wrote before":               {40, []change{told(1, 9*day, true, 7), wroteOn(70, 10*day, "")}, plan.Decision{On: date(11, 19)}},
		"not by what somebody else wrote":             {40, []change{told(1, 9*day, true, 7), wroteOn(71, 8*day, "")}, plan.Decision{On: date(11, 19)}},
		"told again after archive.after_days":         {90, []change{told(1, 39*day, true, 7), answered(30*day, "Re: x")}, plan.Decision{Warn: true, On: date(11, 28)}},
		"and archived five days after that":           {90, []change{told(1, 39*day, true, 7), answered(35*day, "Re: x"), told(2, 5*day, true, 7)}, plan.Decision{On: date(11, 23)}},
		"no salesperson, on its day":                  {30, []change{of(crm.Salesperson{})}, plan.Decision{Unwarned: "it has no salesperson"}},
		"no salesperson, before":                      {29, []change{of(crm.Salesperson{})}, plan.Decision{Reason: crm.OutsideWindow}},
		"a deactivated one":                           {30, []change{of(gone)}, plan.Decision{Unwarned: "Sam Seller is deactivated"}},
		"one without an address":                      {30, []change{of(mute)}, plan.Decision{Unwarned: "Sam Seller: their user in Odoo has no e-mail address"}},
		"one whom the mail server refuses":            {30, []change{refused}, plan.Decision{Unwarned: "the mail server refuses the address of Sam Seller"}},
		"what archive.keep keeps is not warned about": {40, []change{func(r *plan.Record) { r.Opportunity.Stage.Won = true }}, plan.Decision{Reason: crm.Won}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := policy(t)
			p.WarnDays = 5
			r := aged(c.age, append([]change{of(seller)}, c.changes...)...)
			got := plan.Decide([]plan.Record{r}, p, now)[0]
			c.want.Opportunity = r.Opportunity.ID
			assert.Equal(t, c.want, got)
			assert.Equal(t, got.Reason == "" && !got.Warn, got.Archive())
		})
	}
}
