package render

import (
	"fmt"
	"html/template"
	"io"
	"net/url"
	"regexp"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// hiddenLink replaces a client's link where others can read it or follow it.
const hiddenLink = "…"

// maxLink is the longest link, in bytes.
const maxLink = 2000

// FeedbackData is what the templates of feedback and feedback-reminder may use,
// like [ReminderData]. The link is a secret: only the templates of the mail's
// HTML and text print it.
type FeedbackData struct {
	unprintable
	Link      template.URL  `doc:"where this client, and nobody else, answers; required in the html, as the target of an a, and in the txt"`
	Deadline  calendar.Date `doc:"the last day on which answers are taken, empty when there is no end; written out by date"`
	Questions int           `doc:"how many questions there are, 0 when that is not known"`
	Activity  ActivityData
	MailData
}

// unprintable makes a struct print as "<redacted>".
type unprintable struct{}

var _ fmt.Formatter = unprintable{}

// Format writes "<redacted>" whatever the verb is.
func (unprintable) Format(f fmt.State, _ rune) {
	// A formatter has nowhere to report an error to.
	_, _ = io.WriteString(f, "<redacted>")
}

// MarshalText returns "<redacted>"; JSON encoders and logs use it.
func (unprintable) MarshalText() ([]byte, error) { return []byte("<redacted>"), nil }

// ActivityData is the finished activity that a questionnaire is about.
type ActivityData struct {
	Type string        `doc:"the activity's type as Odoo calls it in the client's language: Meeting, Réunion; empty when it has none"`
	Date calendar.Date `doc:"the day on which the activity was marked as done; written out by date"`
	// Summary is always empty: a salesperson writes it to themself, not to the
	// client. Templates made from older built-in ones still name it.
	Summary string `doc:"-"`
}

// Feedback is a questionnaire for a client about a finished activity.
type Feedback struct {
	unprintable
	// Type is the activity's, as typed.
	Type string
	// Finished is when the activity was marked as done.
	Finished time.Time
	// Link is where the client answers: an absolute address with http or
	// https. It is a bearer token.
	Link string
	// Deadline is the instant from which answers are not taken any more; zero
	// for none.
	Deadline time.Time
	// Questions counts them; 0 when that is not known.
	Questions int
}

// NewFeedbackData returns the data for the templates, with dates in zone. The
// deadline is the last day on which answers are taken: a deadline at midnight is
// the day that ends then. A link that is no web address is dropped. Salesperson
// and client are as in [NewReminderData].
func NewFeedbackData(r Record, f Feedback, zone *time.Location) FeedbackData {
	d := FeedbackData{
		MailData:  mailData(r, zone),
		Link:      link(f.Link),
		Questions: max(f.Questions, 0),
		Activity:  ActivityData{Type: field(f.Type), Date: day(f.Finished, zone)},
	}
	if !f.Deadline.IsZero() {
		d.Deadline = day(f.Deadline.Add(-1), zone)
	}
	return d
}

var linkForm = regexp.MustCompile(`^[A-Za-z0-9._~:/?#@!$&*+,;=%-]+$`)

// link accepts an address that needs no escaping in HTML, plain text and the
// address bar of a browser.
func link(s string) template.URL {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxLink || !linkForm.MatchString(s) ||
		(u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil {
		return ""
	}
	return template.URL(s) //nolint:gosec // a web address without anything that HTML could take for its own
}

func (d FeedbackData) with(change func(*MailData)) data {
	change(&d.MailData)
	return d
}

func (d FeedbackData) public() data {
	d.Link = hiddenLink
	d.MailData = d.MailData.public()
	return d
}

func (FeedbackData) secret() bool { return true }

func (d FeedbackData) link() string { return string(d.Link) }
