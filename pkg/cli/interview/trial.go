package interview

import (
	"context"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/cli/checks"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
)

// trying returns how a step is tried: by the same checks as config check. Warnings
// are part of the verdict.
func (i *interview) trying(names ...checks.Name) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		i.subject.Config = i.config()
		results := i.subject.Try(ctx, names...)
		for n, r := range results {
			if r.Name == checks.Surveys && r.Status == checks.Failed {
				results[n].Status = checks.Warning // Feedback can be set up later.
			}
		}
		if err := checks.Err(results); err != nil {
			return "", err
		}
		var found, warnings []string
		for _, r := range results {
			switch {
			case r.Status == checks.Warning:
				warnings = append(warnings, "\n  warning: "+r.Message)
				for _, hint := range exit.Hints(r.Err) {
					warnings = append(warnings, "\n  hint: "+hint)
				}
			case r.Name != checks.Surveys:
				found = append(found, r.Message)
			}
		}
		return strings.Join(found, ", and ") + strings.Join(warnings, ""), nil
	}
}

// config is what the answers so far say, over the settings of this host, or over the
// defaults if there is no file yet or something is wrong with it.
func (i *interview) config() config.Config {
	c, err := i.Settings().Config(0)
	if err != nil {
		c, _ = config.Shared(nil).Config(0) // The defaults are right.
	}
	v := i.values
	c.Odoo.URL, c.Odoo.AllowHTTP, c.Odoo.CAFile = v["odoo.url"], v["odoo.allow_http"] == "true", v["odoo.ca_file"]
	c.Odoo.Database, c.Odoo.User, c.Odoo.Password = v["odoo.database"], v["odoo.user"], config.NewSecret(v["odoo.password"])
	c.SMTP.Host, c.SMTP.TLS, c.SMTP.CAFile = v["smtp.host"], config.TLSMode(v["smtp.tls"]), v["smtp.ca_file"]
	c.SMTP.User, c.SMTP.Password = v["smtp.user"], config.NewSecret(v["smtp.password"])
	c.SMTP.Port, _ = strconv.Atoi(v["smtp.port"])
	c.Mail.Transport = config.Transport(v["mail.transport"])
	c.Mail.From, _ = address.First(v["mail.from"])
	c.Mail.ReplyTo, _ = address.First(v["mail.reply_to"])
	return c
}
