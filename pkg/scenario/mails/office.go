package mails

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// office is a company with an Odoo and a mailbox, whose clock goes by days.
type office struct {
	dir     string
	now     time.Time
	odoo    *sandboxodoo.Server
	mailbox *sandboxsmtp.Mailbox
	// leads are the opportunities, and with whom each is finished.
	leads []lead
}

// lead is an opportunity and the login of who works on it.
type lead struct {
	id    int64
	login string
}

// newOffice opens one, with its company's details complete.
func newOffice(dir string) (*office, error) {
	o := &office{dir: dir, now: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)}
	// Without one, the host's would count.
	err := os.WriteFile(o.config(), []byte("# The environment has the settings.\n"), 0o600)
	if err != nil {
		return nil, err
	}
	o.odoo, err = sandboxodoo.New(sandboxodoo.Options{
		Clock: func() time.Time { return o.now }, AliasDomain: "example.com", PublicURL: "https://odoo.example.com",
	})
	if err != nil {
		return nil, err
	}
	if _, err := o.odoo.Start(); err != nil {
		return nil, err
	}
	if o.mailbox, err = sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS, SevenBit: true}); err != nil {
		return nil, errors.Join(err, o.odoo.Close())
	}
	belgium, err := o.find("res.country", "code", "BE")
	if err == nil {
		_, err = o.odoo.Execute(sandboxodoo.AdminLogin, "res.company", "write", []any{[]any{int64(1)}, map[string]any{
			"name": "Société Générale des Bureaux & Fils", "email": "hello@example.com", "phone": "+32 2 555 01 00",
			"website": "https://www.example.com", "street": "12, quai aux Briques", "zip": "1000", "city": "Bruxelles", "country_id": belgium,
		}}, nil)
	}
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

// config is the file with the settings of the host.
func (o *office) config() string { return filepath.Join(o.dir, "config.yaml") }

func (o *office) close() error { return errors.Join(o.mailbox.Close(), o.odoo.Close()) }

// create makes a record and returns its id.
func (o *office) create(model string, values map[string]any) (int64, error) {
	id, err := o.odoo.Execute(sandboxodoo.AdminLogin, model, "create", []any{values}, map[string]any{"context": map[string]any{
		"mail_auto_subscribe_no_notify": true,
	}})
	if err != nil {
		return 0, fmt.Errorf("create %s: %w", model, err)
	}
	number, _ := id.(int64)
	return number, nil
}

// find returns the id of the record with that value.
func (o *office) find(model, field, value string) (int64, error) {
	ids, err := o.odoo.Execute(sandboxodoo.AdminLogin, model, "search", []any{[]any{[]any{field, "=", value}}}, nil)
	if err != nil {
		return 0, err
	}
	list, _ := ids.([]any)
	if len(list) != 1 {
		return 0, fmt.Errorf("%d records of %s have the %s %s", len(list), model, field, value)
	}
	id, _ := list[0].(int64)
	return id, nil
}

// employ gives the company opportunities with clients who speak a language, one for
// each case, and salespeople who do.
func (o *office) employ(language string) error {
	group, err := o.groups()
	if err != nil {
		return err
	}
	for _, l := range []struct {
		name, title, client, organization string
		// seller is the salesperson's name; empty for none.
		seller    string
		signature any
	}{
		{
			WithSalesperson, "Stühle für le 3e étage", "Zoë Martin", "Client & Co", "Renée Müller",
			`<p>Renée Müller<br><em>Conseil &amp; Büro</em>, <a href="https://www.example.com/team">www.example.com/team</a></p>`,
		},
		{name: OfCompany, title: "12 desks"},
		{Nasty, nastyTitle(), nastyName(), "<b>Société</b> \"Ltd\"", nastyName(), false},
	} {
		code, login := locale(language), sandboxodoo.AdminLogin
		var seller any = false
		if l.seller != "" {
			login = l.name + "." + language + "@office.example"
			seller, err = o.create("res.users", map[string]any{
				"login": login, "name": l.seller, "email": login, "lang": code, "group_ids": group, "phone": "+32 2 555 01 07",
			})
			if err != nil {
				return err
			}
			// Odoo has given them one.
			signature := map[string]any{"signature": l.signature}
			if _, err := o.odoo.Execute(sandboxodoo.AdminLogin, "res.users", "write", []any{[]any{seller}, signature}, nil); err != nil {
				return err
			}
		}
		contact, err := o.create("res.partner", map[string]any{"name": "Client " + l.name, "lang": code})
		if err != nil {
			return err
		}
		id, err := o.create("crm.lead", map[string]any{
			"name": l.title, "type": "opportunity", "contact_name": l.client, "partner_name": l.organization, "partner_id": contact,
			"email_from": l.name + "." + language + "@client.example", "user_id": seller,
		})
		if err != nil {
			return err
		}
		o.leads = append(o.leads, lead{id, login})
	}
	return nil
}

// groups makes a salesperson who sees all opportunities.
func (o *office) groups() ([]any, error) {
	user, err := o.find("res.users", "login", sandboxodoo.BotLogin)
	if err != nil {
		return nil, err
	}
	rows, err := o.odoo.Execute(sandboxodoo.AdminLogin, "res.users", "read", []any{[]any{user}, []any{"group_ids"}}, nil)
	if err != nil {
		return nil, err
	}
	list, _ := rows.([]any)
	row, _ := list[0].(map[string]any)
	ids, _ := row["group_ids"].([]any)
	return []any{[]any{int64(6), int64(0), ids}}, nil
}

// locale is a language as Odoo names it, with its largest country.
func locale(language string) string {
	if language == "en" {
		return "en_US"
	}
	return language + "_" + strings.ToUpper(language)
}

// nastyTitle is a name that encodings, lines and HTML have trouble with. It has 900
// letters.
func nastyTitle() string {
	const start = `=?utf-8?q?RE:_x?= “Ünïcode” 日本語 🪑 <script>alert(1)</script> & ]]> .` + "\r\n.\r\nBcc: x@example.com \u202e"
	return start + strings.Repeat("x", 200) + strings.Repeat(" Möbel", 110)
}

// nastyName is that of a person, with all that has a meaning in an address.
func nastyName() string { return `Zoë "Zed" O’Müller, <b>Dr.</b> (VIP); \ 日本` }

// work lets a year's spring go by: the program runs whenever a mail is due.
func (o *office) work() error {
	first := o.now
	for _, step := range []struct {
		day  int
		args []string
		// before is what people did.
		before func() error
	}{
		{day: 7, args: []string{"remind"}},
		{day: 15, args: []string{"remind"}},
		{day: 30, args: []string{"remind"}},
		{day: 60, args: []string{"remind"}},
		{day: 61, args: []string{"feedback", "send"}},
		{day: 62, args: []string{"feedback", "send"}, before: o.finish},
		{day: 66, args: []string{"feedback", "send"}},
		{day: 80, args: []string{"archive"}},
	} {
		o.now = first.AddDate(0, 0, step.day)
		if step.before != nil {
			if err := step.before(); err != nil {
				return err
			}
		}
		if err := o.run(step.args...); err != nil {
			return err
		}
	}
	return nil
}

// finish lets each opportunity have a meeting.
func (o *office) finish() error {
	kind, err := o.find("mail.activity.type", "name", "Meeting")
	if err != nil {
		return err
	}
	model, err := o.find("ir.model", "model", "crm.lead")
	if err != nil {
		return err
	}
	for _, l := range o.leads {
		user, err := o.find("res.users", "login", l.login)
		if err != nil {
			return err
		}
		id, err := o.create("mail.activity", map[string]any{"res_model_id": model, "res_id": l.id, "activity_type_id": kind, "user_id": user})
		if err == nil {
			_, err = o.odoo.Execute(l.login, "mail.activity", "action_feedback", []any{[]any{id}}, nil)
		}
		if err != nil {
			return fmt.Errorf("finish a meeting: %w", err)
		}
	}
	return nil
}

// run runs the program as cron would.
func (o *office) run(args ...string) error {
	host, port, _ := strings.Cut(o.mailbox.Addr(), ":")
	var said bytes.Buffer
	status := cli.Main(cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &said, Clock: func() time.Time { return o.now }, Files: hostfile.Files{},
		Environ: []string{
			"HOME=" + o.dir, "CRM_TOOL_CONFIG=" + o.config(), "CRM_TOOL_STATE_DIR=none", "CRM_TOOL_ODOO_URL=" + o.odoo.URL(), "CRM_TOOL_ODOO_DATABASE=" + sandboxodoo.Database,
			"CRM_TOOL_ODOO_USER=" + sandboxodoo.BotLogin, "CRM_TOOL_ODOO_PASSWORD=" + sandboxodoo.BotPassword,
			"CRM_TOOL_SMTP_HOST=" + host, "CRM_TOOL_SMTP_PORT=" + port, "CRM_TOOL_SMTP_TLS=none",
			"CRM_TOOL_MAIL_FROM=Société Générale <sales@example.com>",
			"CRM_TOOL_MAIL_UNSUBSCRIBE_URL=https://www.example.com/stop?address={address}",
			"CRM_TOOL_REMINDERS_DAYS=7,15,30,60", "CRM_TOOL_REMINDERS_MIN_DAYS_BETWEEN=0", "CRM_TOOL_GUARD_MAX_SHARE=0", "CRM_TOOL_GUARD_MAX_RECORDS=0",
			"CRM_TOOL_ARCHIVE_AFTER_DAYS=87", "CRM_TOOL_ARCHIVE_WARN_DAYS=7",
			"CRM_TOOL_FEEDBACK_REMIND_AFTER_DAYS=3", "CRM_TOOL_FEEDBACK_COOLDOWN_DAYS=0", "CRM_TOOL_FEEDBACK_CHECK_PAGE=false",
		},
	})
	if status != 0 {
		return fmt.Errorf("crm-tool %s ended with exit status %d: %s", strings.Join(args, " "), status, said.String())
	}
	return nil
}
