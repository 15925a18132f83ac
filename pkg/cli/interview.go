package cli

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// trialTimeout is how long somebody who has just typed an answer waits for its
// trial.
const trialTimeout = 10 * time.Second

// interview asks for the settings without which nothing works, and tries them.
type interview struct {
	*globals
	// values are the settings by their keys, secrets among them.
	values map[string]string
	// untried are the parts that the user keeps though they failed.
	untried []string
}

// confirmed asks a question that is answered by yes or no.
func (i *interview) confirmed(ctx context.Context, question string, usual bool) (bool, error) {
	choices := "[y/N]"
	if usual {
		choices = "[Y/n]"
	}
	for {
		answer, err := i.Ask(ctx, question+" "+choices+" ")
		if err != nil {
			return false, unanswered(ctx, err)
		}
		switch strings.ToLower(answer) {
		case "":
			return usual, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// unanswered says that the answers ended, as with Ctrl-D. A signal stays one.
func unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return exit.Usagef("the questions were not answered to the end, and nothing is written: %w", err)
}

// setting asks for one setting until the answer makes sense. Enter takes what
// was answered before, or else usual.
func (i *interview) setting(ctx context.Context, name, question, usual string, amend func(string) string) error {
	if before := i.values[name]; before != "" {
		usual = before
	}
	if usual != "" {
		question += " [" + usual + "]"
	}
	for {
		answer, err := i.Ask(ctx, question+": ")
		if err != nil {
			return unanswered(ctx, err)
		}
		if answer == "" {
			answer = usual
		}
		if amend != nil {
			answer = amend(answer)
		}
		if done := i.accept(name, answer, false); done {
			return nil
		}
	}
}

// secret asks for a secret. There is none that Enter could stand for.
func (i *interview) secret(ctx context.Context, name, question string) error {
	for {
		answer, err := i.AskSecret(ctx, question+": ")
		if err != nil {
			return unanswered(ctx, err)
		}
		if done := i.accept(name, answer, false); done {
			return nil
		}
	}
}

// accept takes an answer if it can be right, and else says why not.
func (i *interview) accept(name, answer string, optional bool) bool {
	value, err := config.ParseValue(name, answer)
	switch {
	case err != nil:
		i.Say("  %s\n", err)
		return false
	case value == "" && !optional:
		i.Say("  it cannot work without this\n")
		return false
	case value == "":
		delete(i.values, name)
	default:
		i.values[name] = value
	}
	return true
}

// until asks and tries until what was answered works, or the user keeps it as
// it is; then works is false.
func (i *interview) until(ctx context.Context, part string, ask func(context.Context) error, try func(context.Context) (string, error)) (works bool, err error) {
	for {
		if err := ask(ctx); err != nil {
			return false, err
		}
		i.Say("  trying ... ")
		verdict, err := try(ctx)
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if err == nil {
			i.Say("%s\n", verdict)
			return true, nil
		}
		i.Say("that does not work:\n  %s\n", err)
		for _, hint := range exit.Hints(err) {
			i.Say("  hint: %s\n", hint)
		}
		again, err := i.confirmed(ctx, "Correct it? (n keeps it as it is)", true)
		if err != nil {
			return false, err
		}
		if !again {
			i.untried = append(i.untried, part)
			return false, nil
		}
	}
}

// lacksAuthority tells whether a connection failed because nobody that is
// trusted has signed the server's certificate.
func lacksAuthority(err error) bool {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	return unknown
}

// authorities asks for a file of certificate authorities, once the connection
// failed for lack of one; Enter is for none.
func (i *interview) authorities(ctx context.Context, name string) error {
	answer, err := i.Ask(ctx, "A PEM file with the authority that signed its certificate, if that is one of your own: ")
	if err != nil {
		return unanswered(ctx, err)
	}
	if answer != "" {
		if path, err := filepath.Abs(answer); err == nil {
			answer = path // The file counts relative paths from its own folder.
		}
	}
	i.accept(name, answer, true)
	return nil
}

// odoo asks for the connection to Odoo.
func (i *interview) odoo(ctx context.Context) error {
	untrusted := false
	works, err := i.until(ctx, "Odoo", func(ctx context.Context) error {
		if err := i.address(ctx); err != nil || !untrusted {
			return err
		}
		return i.authorities(ctx, "odoo.ca_file")
	}, func(ctx context.Context) (string, error) {
		version, err := odoo.Greet(ctx, i.odooOptions())
		untrusted = untrusted || lacksAuthority(err)
		return "Odoo " + version.Text + " answers", err
	})
	if err != nil {
		return err
	}
	database := func(ctx context.Context) error {
		return i.setting(ctx, "odoo.database", "Name of the database", "", nil)
	}
	login := func(ctx context.Context) error {
		if err := i.setting(ctx, "odoo.user", "Login of crm-tool's user in Odoo", "", nil); err != nil {
			return err
		}
		return i.secret(ctx, "odoo.password", "Its password or API key")
	}
	if !works {
		if err := database(ctx); err != nil {
			return err
		}
		return login(ctx)
	}
	works, err = i.until(ctx, "the database", database, func(ctx context.Context) (string, error) {
		return "Odoo has it", odoo.FindDatabase(ctx, i.odooOptions())
	})
	switch {
	case err != nil:
		return err
	case !works:
		return login(ctx)
	}
	_, err = i.until(ctx, "the login to Odoo", login, i.tryLogin)
	return err
}

// address asks for Odoo's URL. People copy it from their browsers, with a page
// behind the host and sometimes without the scheme.
func (i *interview) address(ctx context.Context) error {
	for {
		if err := i.setting(ctx, "odoo.url", "Odoo's address, as in https://odoo.example.com", "", hostOnly); err != nil {
			return err
		}
		delete(i.values, "odoo.allow_http")
		if !config.IsCleartext(i.values["odoo.url"]) {
			return nil
		}
		yes, err := i.confirmed(ctx, "  Over http:// the password travels unencrypted. Is the network between trusted?", false)
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

// hostOnly leaves scheme and host of an address. What is no address stays as it
// is, for the check to tell.
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

// odooOptions are those of the answers so far.
func (i *interview) odooOptions() odoo.Options {
	return odoo.Options{
		URL: i.values["odoo.url"], AllowHTTP: i.values["odoo.allow_http"] == "true", CAFile: i.values["odoo.ca_file"],
		Database: i.values["odoo.database"], User: i.values["odoo.user"],
		Password: func() string { return i.values["odoo.password"] },
		Timeout:  trialTimeout, Attempts: 1,
		Version: version(), Logger: i.Logger(), Now: i.Clock, Proxy: i.Proxy, Transport: i.Transport,
	}
}

// rightsError says that the user in Odoo may not do what he has to.
type rightsError struct{ user string }

func (e *rightsError) Error() string { return e.user + " may not work on all opportunities" }

// Hint tells how to mend it.
func (e *rightsError) Hint() string {
	return "give this user the right Sales / Administrator in Odoo, and answer the questions again"
}

// tryLogin logs in and looks whether the user has the rights that it takes.
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
		return "", &rightsError{user: i.values["odoo.user"]}
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

// mailServer asks for the connection to the mail server.
func (i *interview) mailServer(ctx context.Context) error {
	untrusted := false
	works, err := i.until(ctx, "the mail server", func(ctx context.Context) error {
		if err := i.mailHost(ctx); err != nil || !untrusted {
			return err
		}
		return i.authorities(ctx, "smtp.ca_file")
	}, func(ctx context.Context) (string, error) {
		err := i.tryMail(ctx, "")
		untrusted = untrusted || lacksAuthority(err)
		return "the mail server answers", err
	})
	if err != nil {
		return err
	}
	if i.values["smtp.tls"] == string(config.NoTLS) {
		delete(i.values, "smtp.user")
		delete(i.values, "smtp.password")
		return nil
	}
	if !works {
		return i.mailLogin(ctx)
	}
	_, err = i.until(ctx, "the login to the mail server", i.mailLogin, func(ctx context.Context) (string, error) {
		if i.values["smtp.user"] == "" {
			return "it works without a login", nil
		}
		return "logged in", i.tryMail(ctx, i.values["smtp.user"])
	})
	return err
}

// mailHost asks where the mail server is and how to speak to it.
func (i *interview) mailHost(ctx context.Context) error {
	if err := i.setting(ctx, "smtp.host", "Mail server", "", nil); err != nil {
		return err
	}
	before := cmp.Or(i.values["smtp.tls"], string(config.StartTLS))
	if err := i.setting(ctx, "smtp.tls", "Its encryption: starttls, implicit or none", string(config.StartTLS), nil); err != nil {
		return err
	}
	mode := i.values["smtp.tls"]
	if mode != before {
		delete(i.values, "smtp.port")
	}
	usual := map[string]string{string(config.StartTLS): "587", string(config.ImplicitTLS): "465", string(config.NoTLS): "25"}[mode]
	return i.setting(ctx, "smtp.port", "Its port", usual, nil)
}

// mailLogin asks who logs in to the mail server.
func (i *interview) mailLogin(ctx context.Context) error {
	question := "Login at the mail server, none if it asks for none"
	if err := i.setting(ctx, "smtp.user", question, "none", nil); err != nil {
		return err
	}
	if i.values["smtp.user"] == "none" {
		delete(i.values, "smtp.user")
		delete(i.values, "smtp.password")
		return nil
	}
	return i.secret(ctx, "smtp.password", "Its password")
}

// tryMail connects to the mail server, encrypts, and logs in as the user when
// there is one.
func (i *interview) tryMail(ctx context.Context, user string) error {
	port, err := strconv.Atoi(i.values["smtp.port"])
	if err != nil {
		return err
	}
	server, err := i.globals.mailServer(config.SMTP{
		Host: i.values["smtp.host"], Port: port, TLS: config.TLSMode(i.values["smtp.tls"]), CAFile: i.values["smtp.ca_file"],
		User: user, Password: config.NewSecret(i.values["smtp.password"]), Timeout: trialTimeout, Connections: 1,
	})
	if err != nil {
		return err
	}
	defer server.Close()
	return server.Check(ctx)
}

// sender asks for the sender of all mails.
func (i *interview) sender(ctx context.Context) error {
	return i.setting(ctx, "mail.from", "Sender of all mails, as in Example Sales <sales@example.com>", "", nil)
}
