package render

import (
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/language"
	"github.com/crm-tool/crm-tool/pkg/render/lines"
)

// maxField is the longest field from Odoo in a mail, in characters. A longer one
// is cut and ends with an ellipsis.
const maxField = 150

// maxTitle leaves room in a subject for what the mail wants: inboxes show some 70
// characters, phones half of them.
const maxTitle = 60

// ReminderData is what a reminder's templates may use. Its field names are
// part of the public interface. Every text is one line without control
// characters, and empty when Odoo has none; the tags are the documentation
// that Fields returns.
type ReminderData struct {
	Day          int    `doc:"the reminder's day: 7, 15, 30 or what reminders.days says"`
	FirstSubject string `doc:"the subject of the first reminder, which later ones continue; empty in the first"`
	MailData
}

// MailData is what all templates may use.
type MailData struct {
	Language    string `doc:"the template's language as HTML writes it: fr, fr-CA"`
	Opportunity OpportunityData
	Client      ClientData
	Salesperson SalespersonData
	Company     CompanyData
	Preheader   string `doc:"what the mail's html says in {{define \"preheader\"}}…{{end}}: the line that an inbox shows after the subject; filled in layout.html alone"`
	Unsubscribe string `doc:"where the client can ask for no more mails: mail.unsubscribe_url with their address; empty when that is not set"`
}

// OpportunityData is the opportunity a mail is about.
type OpportunityData struct {
	ID           int64         `doc:"the opportunity's number in Odoo"`
	Name         string        `doc:"the opportunity's name, as colleagues know it"`
	Title        string        `doc:"the opportunity's name if its client is to read it, else empty: see mail.subject_names; at most 60 letters"`
	FirstContact calendar.Date `doc:"the day on which the opportunity, or the lead it was before, came into Odoo; written out by date"`
}

// ClientData is whom a mail is for.
type ClientData struct {
	Name         string `doc:"the contact person's name, empty when only a firm or an address is known"`
	Organization string `doc:"the client's firm"`
}

// SalespersonData is who signs a mail.
type SalespersonData struct {
	Name          string        `doc:"the salesperson's name, empty when there is none: then the company signs"`
	Email         string        `doc:"the salesperson's address, without a name"`
	Phone         string        `doc:"the salesperson's telephone number as typed in Odoo, with no-break spaces"`
	PhoneLink     template.URL  `doc:"the same as a link: tel:+33123456789"`
	Signature     template.HTML `doc:"the salesperson's signature from Odoo, made safe for mail; empty when it is only the name"`
	SignatureText string        `doc:"the same as plain text; the one field that may have several lines"`

	SignaturePhone string `doc:"the salesperson's telephone number, empty when their signature has it"`
}

// CompanyData is the company in whose name a mail is written.
type CompanyData struct {
	Name        string       `doc:"the company's name"`
	Email       string       `doc:"the company's address, without a name"`
	Phone       string       `doc:"the company's telephone number as typed in Odoo, with no-break spaces"`
	PhoneLink   template.URL `doc:"the same as a link: tel:+33123456789"`
	Website     string       `doc:"the company's website as a link: https://www.example.com"`
	WebsiteName string       `doc:"the same for readers: www.example.com"`
	Street      string       `doc:"street and number"`
	Zip         string       `doc:"post code"`
	City        string       `doc:"city"`
	Country     string       `doc:"country, in the template's language"`
	Address     string       `doc:"street, post code, city and country in one line"`
}

// Record is an opportunity with the records that belong to it. A record that Odoo
// does not have is zero.
type Record struct {
	Opportunity crm.Opportunity
	// Title is the opportunity's name as its client reads it; empty if they are not to
	// read it.
	Title string
	// FirstSubject is the subject of the first reminder, empty before there is one.
	FirstSubject string
	// Unsubscribe is where the client can ask for no more mails; empty for nowhere.
	Unsubscribe string
	Contact     crm.Contact
	Salesperson crm.Salesperson
	Company     crm.Company
}

// NewReminderData returns the data for the reminder of a day, with dates in zone.
// A deactivated salesperson does not sign. The client's name is the contact name
// of the opportunity: the linked contact may be a company.
func NewReminderData(r Record, day int, zone *time.Location) ReminderData {
	d := ReminderData{Day: day, FirstSubject: lines.One(r.FirstSubject, maxSubjectRunes), MailData: mailData(r, zone)}
	if d.Opportunity.Title == "" && r.named(d.FirstSubject) {
		d.FirstSubject = "" // It was written when the client was to read the name.
	}
	return d
}

// named tells whether a subject has the opportunity's name, as a whole or cut.
func (r Record) named(subject string) bool {
	name := r.Opportunity.Name
	return field(name) != "" && (strings.Contains(subject, field(name)) || strings.Contains(subject, lines.One(name, maxTitle)))
}

func mailData(r Record, zone *time.Location) MailData {
	return MailData{
		Opportunity: opportunity(r, zone),
		Client:      client(r.Opportunity, r.Contact),
		Salesperson: salesperson(r.Salesperson),
		Company:     company(r.Company),
		Unsubscribe: string(link(r.Unsubscribe)),
	}
}

func (d ReminderData) with(change func(*MailData)) data {
	change(&d.MailData)
	return d
}

func (d ReminderData) public() data {
	d.MailData = d.MailData.public()
	return d
}

// public returns the data without the link at which the client asks for no more mails:
// a colleague who follows it would ask for them.
func (d MailData) public() MailData {
	if d.Unsubscribe != "" {
		d.Unsubscribe = hiddenLink
	}
	return d
}

func (d MailData) secret() bool { return d.Unsubscribe != "" }

func (ReminderData) link() string { return "" }

func client(o crm.Opportunity, c crm.Contact) ClientData {
	d := ClientData{Name: realName(o.ContactName), Organization: realName(o.OrganizationName)}
	if d.Organization == "" && d.Name == "" {
		d.Organization = realName(c.Name)
	}
	if strings.EqualFold(d.Name, d.Organization) {
		d.Name = ""
	}
	return d
}

// realName drops an address: Odoo uses one as the name when a mail had no name.
func realName(s string) string {
	if strings.Contains(s, "@") {
		return ""
	}
	return field(s)
}

func opportunity(r Record, zone *time.Location) OpportunityData {
	o := r.Opportunity
	return OpportunityData{ID: int64(o.ID), Name: field(o.Name), Title: lines.One(r.Title, maxTitle), FirstContact: day(o.Created, zone)}
}

// day returns the date of an instant, or no date for no instant.
func day(at time.Time, zone *time.Location) calendar.Date {
	if at.IsZero() {
		return calendar.Date{}
	}
	return calendar.Of(at, zone)
}

func salesperson(p crm.Salesperson) SalespersonData {
	if !p.Active {
		return SalespersonData{}
	}
	d := SalespersonData{
		Name:      field(p.Name),
		Email:     plainAddress(p.Email),
		Phone:     phone(p.Phone),
		PhoneLink: phoneLink(p.Phone),
	}
	if d.Name != "" {
		d.Signature, d.SignatureText = signature(p.Signature, d.Name)
	}
	if !hasNumber(d.Signature, d.SignatureText, d.PhoneLink) {
		d.SignaturePhone = d.Phone
	}
	return d
}

func company(c crm.Company) CompanyData {
	d := CompanyData{
		Name:      field(c.Name),
		Email:     plainAddress(c.Email),
		Phone:     phone(c.Phone),
		PhoneLink: phoneLink(c.Phone),
		Street:    field(c.Street),
		Zip:       field(c.Zip),
		City:      field(c.City),
		Country:   field(c.Country),
	}
	d.Website, d.WebsiteName = website(c.Website)
	return d.in(language.Last)
}

// in returns a company with its country in a language.
func (d CompanyData) in(lang string) CompanyData {
	d.Country = language.Country(d.Country, lang)
	parts := []string{d.Street, strings.TrimSpace(d.Zip + " " + d.City), d.Country}
	d.Address = strings.Join(slices.DeleteFunc(parts, func(line string) bool { return line == "" }), ", ")
	return d
}

func field(s string) string { return lines.One(s, maxField) }

// plainAddress returns the bare address. It returns nothing for a text that is no
// address, or that would mean more than an address in a mailto link.
func plainAddress(s string) string {
	const longest = 1000 // a name and an address, with room to spare
	if len(s) > longest {
		return ""
	}
	a, err := address.First(s)
	if err != nil || strings.ContainsAny(a.Mailbox, "?&%#") {
		return ""
	}
	return a.Mailbox
}

var (
	trunkZero = regexp.MustCompile(`\(0+\)`)
	extension = regexp.MustCompile(`[^0-9+(). /-].*$`)
	notDialed = regexp.MustCompile(`[^0-9+]`)
)

// phone puts no-break spaces into a number.
func phone(s string) string { return strings.ReplaceAll(field(s), " ", "\u00a0") }

// phoneLink returns a tel link (RFC 3966) for a number as people type it, without
// the zero for calls within the country and without an extension. A number has at
// least three digits.
func phoneLink(s string) template.URL {
	digits := strings.ReplaceAll(field(s), "\u00a0", " ")
	digits = extension.ReplaceAllString(trunkZero.ReplaceAllString(digits, ""), "")
	digits = notDialed.ReplaceAllString(digits, "")
	if len(digits) < 3 || strings.LastIndex(digits, "+") > 0 {
		return ""
	}
	return template.URL("tel:" + digits) //nolint:gosec // digits and a plus alone
}

// website returns a web address as a link and as people write it, or nothing when
// it is not one.
func website(s string) (link, name string) {
	s = field(s)
	if s == "" {
		return "", ""
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil {
		return "", ""
	}
	return u.String(), strings.TrimSuffix(field(u.Host+u.Path), "/")
}
