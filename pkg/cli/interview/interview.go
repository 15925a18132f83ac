// Package interview asks for the settings without which nothing works, tries each
// answer at once, and writes the configuration.
//
// It writes nothing in Odoo and sends no mail. Nothing is written on this host
// until the last answer. The passwords get files of their own, so the
// configuration can be shown to others.
package interview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// The files beside the configuration that hold its secrets.
const (
	OdooSecretFile = "odoo.key"
	SMTPSecretFile = "smtp.password"
)

// trialTimeout is how long a person who has just typed an answer waits for its
// trial.
const trialTimeout = 10 * time.Second

// interview is what was answered so far.
type interview struct {
	*job.Host
	// values are the settings by their keys, secrets among them.
	values map[string]string
	// untried are the parts that the user keeps although they failed.
	untried []string
}

// Run asks at the terminal. force replaces files that exist without asking.
func Run(ctx context.Context, h *job.Host, force bool) error {
	settings := h.Settings()
	path, _ := settings.Path()
	files := newFiles(path)
	i := &interview{Host: h, values: fileValues(settings)}
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
		{part: "Odoo", ask: i.address, try: i.tryAddress, caFile: "odoo.ca_file"},
		{part: "the database", ask: func(ctx context.Context) error {
			return i.ask(ctx, question{key: "odoo.database", text: "Name of the database"})
		}, try: i.tryDatabase},
		{part: "the login to Odoo", ask: func(ctx context.Context) error {
			return i.ask(ctx, question{key: "odoo.user", text: "Login of crm-tool's user in Odoo"},
				question{key: "odoo.password", text: "Its password or API key", secret: true})
		}, try: i.tryLogin},
	} {
		var err error
		if works, err = i.take(ctx, s, works); err != nil {
			return err
		}
	}
	return nil
}

func (i *interview) tryAddress(ctx context.Context) (string, error) {
	version, err := odoo.Greet(ctx, i.odooOptions())
	return "Odoo " + version.Text + " answers", err
}

func (i *interview) tryDatabase(ctx context.Context) (string, error) {
	return "Odoo has it", odoo.FindDatabase(ctx, i.odooOptions())
}

// address asks for Odoo's URL. People copy it from a browser, with a page after
// the host and sometimes without the scheme.
func (i *interview) address(ctx context.Context) error {
	for {
		if err := i.ask(ctx, question{key: "odoo.url", text: "Odoo's address, as in https://odoo.example.com", amend: hostOnly}); err != nil {
			return err
		}
		delete(i.values, "odoo.allow_http")
		if !config.IsCleartext(i.values["odoo.url"]) {
			return nil
		}
		yes, err := i.confirm(ctx, "  Over http:// the password travels unencrypted. Is the network between trusted?", false)
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

// odooOptions returns how to talk to the Odoo of the answers so far.
func (i *interview) odooOptions() odoo.Options {
	o := i.OdooOptions(config.Odoo{
		URL: i.values["odoo.url"], AllowHTTP: i.values["odoo.allow_http"] == "true", CAFile: i.values["odoo.ca_file"],
		Database: i.values["odoo.database"], User: i.values["odoo.user"], Password: config.NewSecret(i.values["odoo.password"]),
		Timeout: trialTimeout,
	})
	o.Attempts = 1
	return o
}

// tryLogin logs in, and checks that the user has the rights they need.
func (i *interview) tryLogin(ctx context.Context) (string, error) {
	client, err := odoo.New(i.odooOptions())
	if err != nil {
		return "", err
	}
	defer client.Close()
	gateway := gateway.New(client)
	if _, err := gateway.Open(ctx); err != nil {
		return "", err
	}
	may, err := gateway.MayShare(ctx)
	if err != nil {
		return "", err
	}
	if !may {
		return "", exit.WithHint(errors.New(i.values["odoo.user"]+" may not work on all opportunities"),
			"give this user the right Sales / Administrator in Odoo, and answer the questions again")
	}
	surveys, err := gateway.SurveyAccess(ctx)
	if err != nil {
		return "", err
	}
	verdict := "logged in, and the rights suffice"
	if surveys != crm.SurveysReady {
		verdict += "; to ask clients for feedback, run crm-tool setup later"
	}
	return verdict, nil
}

// mailServer asks for the connection to the mail server. There is no login
// without encryption.
func (i *interview) mailServer(ctx context.Context) error {
	works, err := i.take(ctx, step{
		part: "the mail server", ask: i.mailHost, caFile: "smtp.ca_file",
		try: func(ctx context.Context) (string, error) { return "the mail server answers", i.tryMail(ctx, "") },
	}, true)
	if err != nil {
		return err
	}
	if i.values["smtp.tls"] == string(config.NoTLS) {
		delete(i.values, "smtp.user")
		delete(i.values, "smtp.password")
		return nil
	}
	_, err = i.take(ctx, step{part: "the login to the mail server", ask: i.mailLogin, try: func(ctx context.Context) (string, error) {
		if i.values["smtp.user"] == "" {
			return "it works without a login", nil
		}
		return "logged in", i.tryMail(ctx, i.values["smtp.user"])
	}}, works)
	return err
}

// mailHost asks for the mail server and its encryption.
func (i *interview) mailHost(ctx context.Context) error {
	before := cmp.Or(i.values["smtp.tls"], string(config.StartTLS))
	if err := i.ask(ctx, question{key: "smtp.host", text: "Mail server"},
		question{key: "smtp.tls", text: "Its encryption: starttls, implicit or none", usual: string(config.StartTLS)}); err != nil {
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
	login := question{key: "smtp.user", text: "Login at the mail server, none if it asks for none", usual: "none"}
	if err := i.ask(ctx, login); err != nil {
		return err
	}
	if i.values["smtp.user"] == "none" {
		delete(i.values, "smtp.user")
		delete(i.values, "smtp.password")
		return nil
	}
	return i.ask(ctx, question{key: "smtp.password", text: "Its password", secret: true})
}

// tryMail connects to the mail server, encrypts, and logs in as the user, if
// there is one.
func (i *interview) tryMail(ctx context.Context, user string) error {
	port, err := strconv.Atoi(i.values["smtp.port"])
	if err != nil {
		return err
	}
	server, err := i.MailServer(config.SMTP{
		Host: i.values["smtp.host"], Port: port, TLS: config.TLSMode(i.values["smtp.tls"]), CAFile: i.values["smtp.ca_file"],
		User: user, Password: config.NewSecret(i.values["smtp.password"]), Timeout: trialTimeout, Connections: 1,
	})
	if err != nil {
		return err
	}
	defer server.Close()
	return server.Check(ctx)
}

func (i *interview) sender(ctx context.Context) error {
	return i.ask(ctx, question{key: "mail.from", text: "Sender of all mails, as in Example Sales <sales@example.com>"})
}
