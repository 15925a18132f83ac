package odoo

import (
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// Logins and passwords of the users that every stand-in has. Bot is the
// least-privileged integration user, a sales manager; Sam is a salesperson
// who sees their own opportunities and those of nobody.
const (
	AdminLogin    = "admin"
	AdminPassword = "admin"
	BotLogin      = "bot"
	BotPassword   = "bot-password"
	SamLogin      = "sam"
	SamPassword   = "sam-password"
)

// addUsers makes the users, and gives the administrator, whom every Odoo has,
// a password and groups.
func addUsers(e *orm.Env) error {
	for _, u := range []struct {
		password string
		groups   []string
		values   map[string]any
	}{
		{
			BotPassword,
			[]string{"base.group_user", "sales_team.group_sale_manager", "survey.group_survey_user"},
			map[string]any{"login": BotLogin, "name": "CRM Bot", "email": "bot@example.com"},
		},
		{
			SamPassword,
			[]string{"base.group_user", "sales_team.group_sale_salesman"},
			map[string]any{"login": SamLogin, "name": "Sam Seller", "email": "sam@example.com", "phone": "+33 1 23 45 67 89"},
		},
	} {
		made, err := e.Create(e.Table("res.users"), u.values)
		if err != nil {
			return fmt.Errorf("make the user %s: %w", u.values["login"], err)
		}
		e.Secrets[made.ID] = []string{u.password}
		e.SetGroups(made, u.groups...)
	}
	return nil
}
