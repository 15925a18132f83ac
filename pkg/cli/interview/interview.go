// Package interview asks for the settings without which nothing works, tries each
// answer at once, and writes the configuration.
//
// It writes nothing in Odoo and sends no mail. Nothing is written on this host
// until the last answer. The passwords get files of their own, so the
// configuration can be shown to others. Other secrets stay as an existing file has them.
package interview

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/cli/checks"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
)

// The files beside the configuration that hold its secrets.
const (
	OdooSecretFile = "odoo.key"
	SMTPSecretFile = "smtp.password"
)

// none is the answer for nothing.
const none = "none"

// interview is what was answered so far.
type interview struct {
	*job.Host
	// values are the settings by their keys, secrets among them.
	values map[string]string
	// typed are answers that were given before their question.
	typed map[string]string
	// untried are the parts that the user keeps although they failed.
	untried []string
	// subject is what the answers are tried with.
	subject *checks.Subject
	// mailWorks tells whether the mail server and the login there work.
	mailWorks bool
}

// Run asks at the terminal. force replaces files that exist without asking.
func Run(ctx context.Context, h *job.Host, force bool) error {
	settings := h.Settings()
	path, _ := settings.Path()
	files := newFiles(path)
	i := &interview{Host: h, values: fileValues(settings), typed: map[string]string{}, subject: &checks.Subject{Host: h, Hasty: true}}
	defer i.subject.Close()
	if proceed, err := i.mayReplace(ctx, files, force); err != nil || !proceed {
		return err
	}
	const welcome = "The configuration will be %s. Each answer is tried at once; nothing is written in Odoo and no mail is sent. " +
		"What stands in brackets is taken when you just press Enter. Ctrl-C ends it without a trace."
	i.Say("\n%s", i.Prose(fmt.Sprintf(welcome, path)))
	for _, part := range []func(context.Context) error{i.odoo, i.mailServer, i.sender} {
		i.Say("\n")
		if err := part(ctx); err != nil {
			return err
		}
	}
	if err := files.write(i.values); err != nil {
		return err
	}
	return i.conclude(files)
}

func (i *interview) odoo(ctx context.Context) error {
	works := true
	for _, s := range []step{
		{part: "Odoo", ask: i.address, keys: []string{"odoo.url"}, try: i.trying(checks.OdooAddress), caFile: "odoo.ca_file"},
		{part: "the database", keys: []string{"odoo.database"}, ask: func(ctx context.Context) error {
			return i.ask(ctx, question{key: "odoo.database", text: "Name of the database"})
		}, try: i.trying(checks.OdooDatabase)},
		{part: "the login to Odoo", keys: []string{"odoo.user"}, ask: func(ctx context.Context) error {
			return i.ask(ctx, question{key: "odoo.user", text: "Login of crm-tool's user in Odoo"},
				question{key: "odoo.password", text: "Its password or API key", secret: true})
		}, try: i.trying(checks.OdooLogin, checks.OdooRights, checks.Surveys)},
	} {
		var err error
		if works, err = i.take(ctx, s, works); err != nil {
			return err
		}
	}
	return nil
}

// address asks for Odoo's URL. People copy it from a browser, with a page after
// the host and sometimes without the scheme.
func (i *interview) address(ctx context.Context) error {
	for {
		if err := i.ask(ctx, question{key: "odoo.url", text: "Odoo's address, as in https://odoo.example.com", amend: hostOnly}); err != nil {
			return err
		}
		delete(i.values, "odoo.allow_http")
		if !notation.IsCleartext(i.values["odoo.url"]) {
			return nil
		}
		yes, _, err := i.confirm(ctx, "  Over http:// the password travels unencrypted. Is the network between trusted?", false, "odoo.url")
		if err != nil {
			return err
		}
		if yes {
			i.values["odoo.allow_http"] = "true"
			return nil
		}
		delete(i.values, "odoo.url")
	}
}

// hostOnly returns scheme and host of an address. What is no address stays as it
// is, so that the check can say so.
func hostOnly(text string) string {
	if text != "" && !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return text
	}
	return u.Scheme + "://" + u.Host
}

// mailServer asks for the connection to the mail server. There is no login
// without encryption.
func (i *interview) mailServer(ctx context.Context) error {
	works, err := i.take(ctx, step{
		part: "the mail server", ask: i.mailHost, keys: []string{"smtp.host", "smtp.port", "smtp.tls"}, caFile: "smtp.ca_file",
		try: func(ctx context.Context) (string, error) {
			if i.throughOdoo() {
				return i.trying(checks.Transport)(ctx)
			}
			return i.trying(checks.MailServer)(ctx)
		},
	}, true)
	i.mailWorks = works
	if err != nil || i.throughOdoo() {
		return err
	}
	if i.values["smtp.tls"] == string(config.NoTLS) {
		delete(i.values, "smtp.user")
		delete(i.values, "smtp.password")
		return nil
	}
	i.mailWorks, err = i.take(ctx, step{
		part: "the login to the mail server", ask: i.mailLogin, keys: []string{"smtp.user"}, try: i.trying(checks.MailLogin),
	}, works)
	return err
}

// throughOdoo tells whether Odoo is to send the mails.
func (i *interview) throughOdoo() bool {
	return i.values["mail.transport"] == string(config.OdooTransport)
}

// mailHost asks for the mail server and its encryption. Through Odoo there is none.
func (i *interview) mailHost(ctx context.Context) error {
	server := question{key: "smtp.host", text: "Mail server, or odoo to send through Odoo's own one"}
	if i.throughOdoo() {
		server.usual = string(config.OdooTransport)
	}
	if err := i.ask(ctx, server); err != nil {
		return err
	}
	delete(i.values, "mail.transport")
	if i.values["smtp.host"] == string(config.OdooTransport) {
		maps.DeleteFunc(i.values, func(name, _ string) bool { return strings.HasPrefix(name, "smtp.") })
		i.values["mail.transport"] = string(config.OdooTransport)
		return nil
	}
	before := cmp.Or(i.values["smtp.tls"], string(config.StartTLS))
	if err := i.ask(ctx, question{key: "smtp.tls", text: "Its encryption: starttls, implicit or none", usual: string(config.StartTLS)}); err != nil {
		return err
	}
	mode := i.values["smtp.tls"]
	if mode != before {
		delete(i.values, "smtp.port")
	}
	usual := map[string]string{string(config.StartTLS): "587", string(config.ImplicitTLS): "465", string(config.NoTLS): "25"}[mode]
	return i.ask(ctx, question{key: "smtp.port", text: "Its port", usual: usual})
}

// mailLogin asks for the login at the mail server.
func (i *interview) mailLogin(ctx context.Context) error {
	login := question{key: "smtp.user", text: "Login at the mail server, none if it asks for none", usual: none, none: true}
	if err := i.ask(ctx, login); err != nil {
		return err
	}
	if i.values["smtp.user"] == "" || i.values["smtp.auth"] == string(config.OAuth2Auth) {
		delete(i.values, "smtp.password")
		return nil
	}
	return i.ask(ctx, question{key: "smtp.password", text: "Its password", secret: true})
}

// sender asks whom the mails are from, and where answers go.
func (i *interview) sender(ctx context.Context) error {
	_, err := i.take(ctx, step{
		part: "the sender", keys: []string{"mail.from"}, try: i.trying(checks.MailSender, checks.MailReplyTo),
		ask: func(ctx context.Context) error {
			answers := "Where clients' answers go, none for the sender's own address"
			if i.subject.Catchall() != "" {
				answers = "Where clients' answers go, none for " + i.subject.Catchall() + ", the company's address in Odoo"
			}
			return i.ask(ctx, question{key: "mail.from", text: "Sender of all mails, as in Example Sales <sales@example.com>"},
				question{key: "mail.reply_to", text: answers, usual: none, none: true})
		},
	}, i.mailWorks)
	return err
}
