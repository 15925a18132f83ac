// Package checks tries everything that crm-tool needs: the settings, Odoo and the
// rights there, the mail server, the templates and this host.
//
// Each check has a name and ends as ok, as a warning, as an error, or skipped. The
// checks leave no trace: they send no mail, and what they write in Odoo, which is to
// compare clocks, they remove. The command doctor makes all of them, config check those
// of the configuration, and init those that the answers are about.
package checks

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

// Name names a check. It is that of a setting if the check is about one alone.
type Name string

// The checks, in their order.
const (
	Settings       Name = "settings"
	Templates      Name = "templates"
	StateDir       Name = "state_dir"
	OdooAddress    Name = "odoo.url"
	OdooDatabase   Name = "odoo.database"
	OdooLogin      Name = "odoo.login"
	OdooRights     Name = "odoo.rights"
	OdooInstance   Name = "odoo.instance"
	SharedSettings Name = "settings.shared"
	Strangers      Name = "settings.strangers"
	Timezone       Name = "timezone"
	OdooKey        Name = "odoo.key"
	OdooNames      Name = "settings.names"
	Surveys        Name = "feedback.surveys"
	SurveyPage     Name = "feedback.page"
	Transport      Name = "mail.transport"
	MailServer     Name = "smtp.server"
	MailToken      Name = "smtp.token"
	MailLogin      Name = "smtp.login"
	MailSender     Name = "mail.from"
	MailReplyTo    Name = "mail.reply_to"
	MailEnvelope   Name = "mail.envelope_from"
	LastRuns       Name = "runs.last"
	Metrics        Name = "monitor.metrics_file"
	Monitor        Name = "monitor.url"
)

// The checks that doctor alone makes, in their order.
const (
	Locks         Name = "locks"
	Journals      Name = "journals"
	Protocol      Name = "odoo.api"
	OdooCert      Name = "odoo.certificate"
	MailCert      Name = "smtp.certificate"
	HostClock     Name = "clock.host"
	DatabaseClock Name = "clock.database"
	Opportunities Name = "odoo.opportunities"
	Companies     Name = "odoo.companies"
	Incoming      Name = "mail.incoming"
	SenderDomain  Name = "dns.domain"
	SPF           Name = "dns.spf"
	DMARC         Name = "dns.dmarc"
)

// Status is how a check ended.
type Status string

// How a check can end.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Failed  Status = "error"
	Skipped Status = "skipped"
)

// Result is what a check found.
type Result struct {
	Name   Name
	Status Status
	// Message is one line, without a secret: what was found, or why nothing was.
	Message string
	// Err is set for a warning and for an error. Of an error, [exit.Code] tells the
	// exit status, and of both, [exit.Hints] the cure.
	Err error
}

// Subject is the configuration that is tried. Call [Subject.Close] in the end.
type Subject struct {
	Host *job.Host
	// Config is what is tried. [Settings] and [SharedSettings] set it, which tell
	// more than a Config about what is wrong.
	Config   config.Config
	Settings *config.Settings
	// Hasty is for somebody who waits for each check: there is one attempt, which
	// takes 10 seconds at most.
	Hasty bool

	// login is the login that [OdooDatabase] made, for [OdooLogin]; nil for none.
	login   func() error
	session *job.Session
	company crm.Company
	// refusal is why the mail server would not take a mail to where answers go.
	refusal error
	// silentDNS says that no name server answered, knownDNS that one knows the internet.
	silentDNS, knownDNS bool
}

// hastyTimeout is how long a check may take for somebody who waits.
const hastyTimeout = 10 * time.Second

// check is one look. Its error is a warning if it is a [caution], and a reason to
// skip it if it is [skip].
type check struct {
	name Name
	// after are the checks without which this one makes no sense.
	after []Name
	look  func(ctx context.Context) (message string, err error)
}

// OfConfiguration returns the checks of the settings and of what they name. They only
// read in Odoo.
func OfConfiguration() []Name { return namesOf(new(Subject).ofConfiguration()) }

// Names returns all checks, in their order.
func Names() []Name { return namesOf(new(Subject).all()) }

func namesOf(list []check) []Name {
	names := make([]Name, len(list))
	for i, c := range list {
		names[i] = c.name
	}
	return names
}

func (s *Subject) all() []check { return slices.Concat(s.ofConfiguration(), s.ofDoctor()) }

// ofDoctor are the checks that doctor alone makes.
func (s *Subject) ofDoctor() []check {
	return []check{
		{Locks, []Name{StateDir}, s.locks},
		{Journals, []Name{StateDir}, s.journals},
		{Protocol, []Name{OdooLogin}, s.protocol},
		{OdooCert, []Name{OdooLogin}, s.odooCertificate},
		{MailCert, []Name{MailServer}, s.mailCertificate},
		{HostClock, []Name{OdooLogin}, s.hostClock},
		{DatabaseClock, []Name{OdooRights}, s.databaseClock},
		{Opportunities, []Name{OdooRights}, s.opportunities},
		{Companies, []Name{OdooLogin}, s.companies},
		{Incoming, []Name{OdooInstance, SharedSettings}, s.incoming},
		{SenderDomain, []Name{SharedSettings}, s.senderDomain},
		{SPF, []Name{SenderDomain}, s.spf},
		{DMARC, []Name{SharedSettings}, s.dmarc},
		{LastRuns, []Name{OdooLogin, SharedSettings}, s.lastRuns},
		{Metrics, []Name{Settings}, s.metrics},
		{Monitor, []Name{Settings}, s.monitor},
	}
}

func (s *Subject) ofConfiguration() []check {
	return []check{
		{Settings, nil, s.settings},
		{Templates, []Name{Settings}, s.templates},
		{StateDir, []Name{Settings}, s.stateDir},
		{OdooAddress, []Name{Settings}, s.odooAddress},
		{OdooDatabase, []Name{OdooAddress}, s.odooDatabase},
		{OdooLogin, []Name{OdooDatabase}, s.odooLogin},
		{OdooRights, []Name{OdooLogin}, s.odooRights},
		{OdooInstance, []Name{OdooRights}, s.odooInstance},
		{SharedSettings, []Name{OdooLogin}, s.sharedSettings},
		{Strangers, []Name{SharedSettings}, s.strangers},
		{Timezone, []Name{SharedSettings}, s.timezone},
		{OdooKey, []Name{OdooLogin, Timezone}, s.key},
		{OdooNames, []Name{SharedSettings}, s.names},
		{Surveys, []Name{OdooRights, OdooInstance, SharedSettings, Templates}, s.surveys},
		{SurveyPage, []Name{Surveys}, s.surveyPage},
		{Transport, []Name{OdooLogin}, s.transport},
		{MailServer, []Name{Settings}, s.mailServer},
		{MailToken, []Name{Settings}, s.mailToken},
		{MailLogin, []Name{MailServer, MailToken}, s.mailLogin},
		{MailSender, []Name{MailLogin}, s.mailSender},
		{MailReplyTo, []Name{MailSender, OdooLogin}, s.mailReplyTo},
		{MailEnvelope, []Name{MailSender, OdooLogin}, s.mailEnvelope},
	}
}

// Try makes the named checks, or all of them without a name. A check that needs
// another one of these, which failed or was skipped for that, is skipped. When ctx
// ends, the result is incomplete.
func (s *Subject) Try(ctx context.Context, names ...Name) []Result {
	var results []Result
	for _, c := range s.all() {
		if ctx.Err() != nil {
			break
		}
		if len(names) == 0 || slices.Contains(names, c.name) {
			results = append(results, c.result(ctx, results))
		}
	}
	return results
}

// result makes the check, given what the earlier ones found.
func (c check) result(ctx context.Context, before []Result) Result {
	r := Result{Name: c.name, Status: OK}
	for _, b := range before {
		if slices.Contains(c.after, b.Name) && (b.Status == Failed || b.Status == Skipped && b.Err != nil) {
			r.Status, r.Message, r.Err = Skipped, "needs "+string(b.Name), errNeeded
			return r
		}
	}
	message, err := c.look(ctx)
	if err == nil {
		r.Message = message
		return r
	}
	r.Status, r.Message, r.Err = Failed, err.Error(), err
	switch e := err.(type) { //nolint:errorlint // The check itself returns it.
	case caution:
		r.Status = Warning
	case skip:
		r.Status, r.Message, r.Err = Skipped, string(e), nil
	default:
		r.Err = withCure(err)
	}
	return r
}

// withCure gives an error advice that has none of its own.
func withCure(err error) error {
	if len(exit.Hints(err)) > 0 {
		return err
	}
	if refusal, ok := errors.AsType[*smtp.Error](err); ok && refusal.Temporary() {
		return exit.WithHint(err, "try again later; if it stays so, ask who runs the mail server")
	}
	if _, ok := errors.AsType[*config.ProblemsError](err); ok {
		return exit.WithHint(err, "correct the setting where it stands: crm-tool config list names the place of each")
	}
	return err
}

// errNeeded marks a check that was skipped because another one failed.
var errNeeded = errors.New("another check failed")

// caution is a warning.
type caution struct{ error }

func (c caution) Unwrap() error { return c.error }

// skip says why there is nothing to try.
type skip string

func (s skip) Error() string { return string(s) }

// Close ends what the checks opened.
func (s *Subject) Close() {
	if s.session != nil {
		s.session.Close()
		s.session = nil
	}
}

// Err joins the errors of all results, without the warnings.
func Err(results []Result) error {
	var all []error
	for _, r := range results {
		if r.Status == Failed {
			all = append(all, r.Err)
		}
	}
	return errors.Join(all...)
}

// hinted gives a text as an error with advice.
func hinted(text, hint string) error { return exit.WithHint(errors.New(text), hint) }
