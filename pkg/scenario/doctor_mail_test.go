//go:build !odoo

package scenario_test

import (
	"time"

	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// refuses lets the mail server give this reply at a step.
func (p *patient) refuses(step sandboxsmtp.Step, address, reply string) {
	p.mailbox.Inject(sandboxsmtp.Fault{Step: step, Address: address, Reply: reply})
}

// publishes changes the DNS; without a value, the name is gone.
func (p *patient) publishes(name string, values ...string) {
	z := soundZone()
	z[name] = values
	p.env.Resolver = z
}

// mailDefects are those of the mail server, the addresses and the DNS.
func mailDefects() []defect {
	none := sandboxodoo.Options{}
	return []defect{
		{"the mail server's certificate is of an unknown authority", none, func(p *patient) {
			other, err := sandboxsmtp.New(sandboxsmtp.Options{Listener: p.network.listen("other")})
			if err != nil {
				panic(err)
			}
			p.t.Cleanup(func() { _ = other.Close() })
			p.set("CRM_TOOL_SMTP_CA_FILE=" + p.file("other.pem", string(other.CA())))
		}, "smtp.server", 69, "certificate", "smtp.ca_file"},
		{"the mail server's certificate ends soon", none, func(*patient) {
			time.Sleep(time.Until(time.Date(2199, time.December, 25, 0, 0, 0, 0, time.UTC)))
		}, "smtp.certificate", 0, "the certificate of the mail server ends on 2200-01-01", "renew it"},
		{"the mail server encrypts nothing", none, func(p *patient) {
			p.refuses(sandboxsmtp.AtStartTLS, "", "502 5.5.1 Command not implemented")
		}, "smtp.server", 69, "502", "smtp.tls"},
		{"the mail server refuses the login", none, func(p *patient) {
			p.set("CRM_TOOL_SMTP_PASSWORD_FILE=" + p.file("wrong", "wrong"))
		}, "smtp.login", 77, "535", "smtp.password_file"},
		{"nobody gives access tokens for the mail server", none, func(p *patient) {
			p.set("CRM_TOOL_SMTP_AUTH=oauth2", "CRM_TOOL_SMTP_OAUTH2_TOKEN_URL=http://127.0.0.1:1/token", "CRM_TOOL_SMTP_OAUTH2_CLIENT_ID=crm-tool",
				"CRM_TOOL_SMTP_OAUTH2_REFRESH_TOKEN_FILE="+p.file("token", "a token"))
			p.drop("CRM_TOOL_SMTP_PASSWORD_FILE")
		}, "smtp.token", 69, "connection refused", "smtp.oauth2.token_url"},
		{"the mail server takes no login now", none, func(p *patient) {
			p.refuses(sandboxsmtp.AtAuth, "", "454 4.7.0 Temporary authentication failure")
		}, "smtp.login", 75, "454", "try again later"},
		{"the sender is refused", none, func(p *patient) {
			p.refuses(sandboxsmtp.AtMail, "", "553 5.7.1 Sender address rejected: not owned by user")
		}, "mail.from", 69, "not owned by user", "check mail.envelope_from and mail.from"},
		{"the sender of a rule is refused", none, func(p *patient) {
			p.set("CRM_TOOL_MAIL_ENVELOPE_FROM=", "CRM_TOOL_CONFIG="+p.file("config.yaml", "mail: {envelope_from: ''}\nrules:\n- {team: Sales, from: other@example.com}\n"))
			p.refuses(sandboxsmtp.AtMail, "", "553 5.7.1 Sender address rejected: not owned by user")
		}, "mail.from", 69, "not owned by user", "check mail.envelope_from and mail.from"},
		{"where answers go does not exist", none, func(p *patient) {
			p.refuses(sandboxsmtp.AtRcpt, "catchall@example.com", "550 5.1.1 No such user here")
		}, "mail.reply_to", 0, "catchall@example.com, which the mail server does not take", "mail.reply_to"},
		{"answers go where Odoo does not see them", none, func(p *patient) {
			p.set("CRM_TOOL_MAIL_ENVELOPE_FROM=bounce@example.com")
			p.backend.(standIn).SetAliasDomain("")
		}, "mail.reply_to", 0, "answers go to sales@example.com, where Odoo may not see them", "set mail.reply_to"},
		{"delivery reports go where Odoo 16 does not see them", sandboxodoo.Options{Version: 16}, func(*patient) {}, "mail.envelope_from", 0, "delivery reports go to sales@example.com", "set mail.envelope_from"},
		{"the sender's domain takes no mail", none, func(p *patient) { p.publishes("MX example.com") }, "dns.domain", 0, "no mail server for example.com", "MX record"},
		{"no SPF record is there", none, func(p *patient) { p.publishes("TXT example.com", "other=text") }, "dns.spf", 0, "no SPF record", "v=spf1"},
		{"two SPF records are there", none, func(p *patient) { p.publishes("TXT example.com", "v=spf1 -all", "v=spf1 mx ~all") }, "dns.spf", 0, "2 SPF records", "join them"},
		{"SPF permits nobody", none, func(p *patient) { p.publishes("TXT example.com", "v=spf1 -all") }, "dns.spf", 0, "lets nobody send", "name the servers"},
		{"SPF permits everybody", none, func(p *patient) { p.publishes("TXT example.com", "v=spf1 mx +all") }, "dns.spf", 0, "lets everybody send", "~all"},
		{"no DMARC record is there", none, func(p *patient) { p.publishes("TXT _dmarc.example.com") }, "dns.dmarc", 0, "no DMARC record", "_dmarc.example.com"},
		{"two DMARC records are there", none, func(p *patient) {
			p.publishes("TXT _dmarc.example.com", "v=DMARC1; p=none", "v=DMARC1; p=reject")
		}, "dns.dmarc", 0, "no DMARC record", "_dmarc.example.com"},
		{"the organization rejects what its part does not prove", none, func(p *patient) {
			p.set("CRM_TOOL_MAIL_FROM=sales@crm.example.com", "CRM_TOOL_MAIL_ENVELOPE_FROM=bounce@mailer.example")
			z := soundZone()
			z["MX mailer.example"], z["TXT mailer.example"], z["TXT _dmarc.example.com"] = z["MX example.com"], z["TXT example.com"], []string{"v=DMARC1; p=none; sp=reject"}
			p.env.Resolver = z
		}, "dns.dmarc", 0, "mails from crm.example.com by its DMARC record", "DKIM"},
		{"the envelope does not prove the sender", none, func(p *patient) {
			p.set("CRM_TOOL_MAIL_ENVELOPE_FROM=bounce@mailer.example")
			z := soundZone()
			z["MX mailer.example"], z["TXT mailer.example"], z["TXT _dmarc.example.com"] = z["MX example.com"], z["TXT example.com"], []string{"v=DMARC1; p=reject"}
			p.env.Resolver = z
		}, "dns.dmarc", 0, "the envelope sender is of mailer.example", "DKIM"},
	}
}
