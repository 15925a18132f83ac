package render

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/render/lines"
)

const (
	// maxWarned is how many opportunities one mail lists.
	maxWarned = 200
	// maxWarnedName keeps a mail that lists so many within its limits.
	maxWarnedName = 80
)

// WarningData is what the templates of warning may use, like [ReminderData]. It is about
// several opportunities, so that those fields of MailData which are about one, or about
// its client, are empty.
type WarningData struct {
	Opportunities []WarnedData `doc:"the opportunities, those first that are archived first, 200 at most; in a range each has .Name, .Client, .Age (days), .LastReminder and .Archived (for date) and .Link (to Odoo)"`
	Rest          int          `doc:"how many more opportunities there are"`
	Total         int          `doc:"how many opportunities there are in all"`
	KeepTags      []string     `doc:"the tags that archive.keep names"`
	MailData
}

// WarnedData is an opportunity that will be archived. The client and the day of the last
// reminder may be empty.
type WarnedData struct {
	Name         string
	Client       string
	Age          int
	LastReminder calendar.Date
	Archived     calendar.Date
	Link         template.URL
}

// Warning is a mail to a salesperson about opportunities that will be archived.
type Warning struct {
	Salesperson   crm.Salesperson
	Company       crm.Company
	Opportunities []Warned
	// KeepTags are the names of tags that keep an opportunity.
	KeepTags []string
}

// Warned is one of them.
type Warned struct {
	crm.Record

	// Archived is the day of its archiving, Today the day of the mail.
	Archived, Today calendar.Date
	// Link is where it is in Odoo.
	Link string
}

// NewWarningData returns the data for the templates, with dates in zone. Those that are
// archived first come first.
func NewWarningData(w Warning, zone *time.Location) WarningData {
	d := WarningData{
		Total: len(w.Opportunities), Rest: max(0, len(w.Opportunities)-maxWarned),
		MailData: MailData{Salesperson: salesperson(w.Salesperson), Company: company(w.Company)},
	}
	list := slices.Clone(w.Opportunities)
	slices.SortStableFunc(list, func(a, b Warned) int { return a.Archived.DaysSince(b.Archived) })
	for _, o := range list[:len(list)-d.Rest] {
		who := client(o.Opportunity, o.Contact)
		d.Opportunities = append(d.Opportunities, WarnedData{
			Name:   lines.One(o.Opportunity.Name, maxWarnedName),
			Client: lines.One(cmp.Or(strings.Trim(who.Name+", "+who.Organization, ", "), o.Opportunity.Email), maxWarnedName),
			Age:    o.Today.DaysSince(day(o.Opportunity.Origin(), zone)), LastReminder: day(o.LastReminder(), zone),
			Archived: o.Archived, Link: link(o.Link),
		})
	}
	for _, tag := range w.KeepTags {
		d.KeepTags = append(d.KeepTags, field(tag))
	}
	return d
}

func (d WarningData) with(change func(*MailData)) data {
	change(&d.MailData)
	return d
}

func (d WarningData) public() data { return d }

func (WarningData) link() string { return "" }

// Warning renders the mail to a salesperson about opportunities that will be archived.
// Languages and errors are as for [Set.Reminder].
func (s *Set) Warning(languages []string, d WarningData) (Mail, error) {
	return s.render(languages, d, unitKey{Mail: warningMail, Day: anyDay})
}
