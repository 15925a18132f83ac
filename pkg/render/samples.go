package render

import (
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// hostileSample is the place of the record in which every text is an attack.
const hostileSample = 2

// samples are the data with which every template is tried: a record with
// everything, one with nothing, and one in which every text is an attack.
type samples struct {
	reminders []ReminderData
	feedback  []FeedbackData
	warnings  []WarningData
}

func newSamples() samples {
	full := Feedback{
		Type: "Meeting", Finished: time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC),
		Link:     "https://odoo.example.com/survey/start/0a1b-2c3d?answer_token=4e5f-6071",
		Deadline: time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC), Questions: 5,
	}
	hostile := Feedback{Type: hostileText(), Link: full.Link, Questions: 1}
	var out samples
	for _, s := range []struct {
		record   Record
		feedback Feedback
	}{
		{fullRecord(), full},
		{Record{}, Feedback{Link: full.Link}},
		{hostileRecord(), hostile},
	} {
		out.reminders = append(out.reminders, NewReminderData(s.record, 0, time.UTC))
		out.feedback = append(out.feedback, NewFeedbackData(s.record, s.feedback, time.UTC))
		warning := NewWarningData(sampleWarning(s.record), time.UTC)
		warning.Rest = warning.Total
		out.warnings = append(out.warnings, warning)
	}
	return out
}

// of returns the samples for the templates of one mail.
func (s samples) of(key unitKey) []data {
	var out []data
	for i := range s.feedback {
		switch key.Mail {
		case reminderMail:
			d := s.reminders[i]
			d.Day = max(key.Day, 0)
			out = append(out, in(d, key.Lang))
		case warningMail:
			out = append(out, in(s.warnings[i], key.Lang))
		case feedbackMail, feedbackReminderMail:
			out = append(out, in(s.feedback[i], key.Lang))
		}
	}
	return out
}

// sampleWarning is about a record, or without a name about nothing.
func sampleWarning(r Record) Warning {
	w := Warning{Salesperson: r.Salesperson, Company: r.Company}
	if r.Opportunity.Name == "" {
		return w
	}
	reminded := crm.Entry{Key: crm.ReminderKey(r.Opportunity.ID, 7), Confirmed: true, At: time.Date(2026, 11, 19, 9, 0, 0, 0, time.UTC)}
	one := Warned{
		Record:   crm.Record{Opportunity: r.Opportunity, Contact: r.Contact, Entries: []crm.Entry{reminded}},
		Archived: calendar.Date{Year: 2026, Month: time.December, Day: 12}, Today: calendar.Date{Year: 2026, Month: time.December, Day: 5},
		Link: "https://odoo.example.com/mail/view?model=crm.lead&res_id=42",
	}
	w.Opportunities = []Warned{one, one}
	w.KeepTags = []string{r.Opportunity.Name}
	return w
}

func fullRecord() Record {
	return Record{
		Opportunity: crm.Opportunity{
			ID: 42, Name: "Office chairs", Active: true,
			Created:     time.Date(2026, 11, 12, 9, 30, 0, 0, time.UTC),
			ContactName: "Zoë Martin", OrganizationName: "Client & Co",
		},
		Contact: crm.Contact{ID: 7, Name: "Client & Co"},
		Salesperson: crm.Salesperson{
			ID: 5, Name: "Sam Seller", Email: "sam@example.com", Phone: "+33 1 23 45 67 89", Active: true,
			Signature: `<p>--<br>Sam Seller<br>Sales, <a href="https://www.example.com">Example</a></p>`,
		},
		Company: crm.Company{
			ID: 1, Name: "Example", Email: "info@example.com", Phone: "+33 1 00 00 00 00", Website: "www.example.com",
			Street: "1 rue de la Paix", Zip: "75002", City: "Paris", Country: "France",
		},
		Title:        "Office chairs",
		Unsubscribe:  "https://www.example.com/stop?address=zoe%40client.example",
		FirstSubject: "“Office chairs”: do you have what you need?",
	}
}

// hostileText is a text that tries to do harm wherever it is inserted.
func hostileText() string {
	return "javascript:alert(1)//\"'<script>alert(1)</script>{{.Day}}\r\nBcc: x@example.com\x00\u202e --> ]]> " + strings.Repeat("x", 1<<10)
}

func hostileRecord() Record {
	evil := hostileText()
	return Record{
		Opportunity: crm.Opportunity{
			ID: -1, Name: evil, Created: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
			ContactName: evil, OrganizationName: evil + "y",
		},
		Contact:     crm.Contact{Name: evil},
		Salesperson: crm.Salesperson{Name: evil, Email: evil, Phone: evil, Signature: evil, Active: true},
		Company: crm.Company{
			Name: evil, Email: evil, Phone: evil, Website: evil, Street: evil, Zip: evil, City: evil, Country: evil,
		},
		Title: evil, Unsubscribe: evil, FirstSubject: evil,
	}
}
