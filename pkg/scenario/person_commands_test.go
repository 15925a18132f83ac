package scenario_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"
)

// personCommands are for people in Odoo who try to steer the tool.
func personCommands() commandGroup {
	return commandGroup{"person": person, "company": company, "user-is": userIs, "as": asPerson}
}

// personPassword is what somebody whom a script made logs in with.
func personPassword(login string) string { return login + "-password" }

// person makes a user with one right.
func person(s *script, args []string) {
	s.arguments(args, "LOGIN", "RIGHT")
	groups := map[string][]string{
		"portal":      {"base.group_portal"},
		"employee":    {"base.group_user"},
		"salesperson": {"base.group_user", "sales_team.group_sale_salesman"},
		"surveyor":    {"base.group_user", "survey.group_survey_user"},
		"manager":     {"base.group_user", "sales_team.group_sale_manager"},
	}[args[1]]
	require.NotEmpty(s, groups, "a right %s", args[1])
	var ids []any
	for _, r := range s.metadata("res.groups") {
		for _, group := range groups {
			if r.text("xmlid") == group {
				ids = append(ids, r.id())
			}
		}
	}
	require.Len(s, ids, len(groups), "groups of a %s", args[1])
	field := "group_ids"
	if len(s.execute(admin, "res.users", "fields_get", []any{[]any{field}}, nil).(map[string]any)) == 0 {
		field = "groups_id"
	}
	answer := s.execute(admin, "res.users", "create", []any{map[string]any{
		"login": args[0], "name": args[0], "email": args[0] + "@example.com", "password": personPassword(args[0]),
		field: []any{[]any{6, 0, ids}},
	}}, map[string]any{"context": map[string]any{"no_reset_password": true}})
	s.ts.Setenv(args[0], strconv.FormatInt(answer.(int64), 10))
}

// company makes a company, and a user who works there alone.
func company(s *script, args []string) {
	s.arguments(args, "COMPANY", "LOGIN")
	s.employ(args[0], args[1])
}

// employ makes a company and its only user.
func (o server) employ(company, login string) {
	made := o.create("res.company", map[string]any{"name": company})[0]
	o.execute(admin, "res.users", "create", []any{map[string]any{
		"login": login, "name": login, "email": login + "@example.com", "company_id": made, "company_ids": []any{[]any{6, 0, []any{made}}},
	}}, map[string]any{"context": map[string]any{"no_reset_password": true}})
}

// userIs lets crm-tool log in as a user: with their password or, over JSON-2, which takes
// none, with an API key that they get.
func userIs(s *script, args []string) {
	s.arguments(args, "LOGIN")
	secret := personPassword(args[0])
	if s.ts.Getenv("CRM_TOOL_ODOO_API") == json2 {
		secret = newKey()
		require.NoError(s, s.AddKey(args[0], secret))
	}
	path := s.ts.MkAbs("secrets/" + args[0])
	require.NoError(s, os.WriteFile(path, []byte(secret), 0o600))
	s.ts.Setenv("CRM_TOOL_ODOO_USER", args[0])
	s.ts.Setenv("CRM_TOOL_ODOO_PASSWORD_FILE", path)
}

// metadata returns the external ids of all records of a model.
func (s *script) metadata(model string) []record {
	var ids []any
	for _, r := range s.search(model, []any{}, "id") {
		ids = append(ids, r.id())
	}
	var list []record
	for _, r := range s.execute(admin, model, "get_metadata", []any{ids}, nil).([]any) {
		list = append(list, r.(map[string]any))
	}
	return list
}

// asPerson does something as a user.
func asPerson(s *script, args []string) {
	require.GreaterOrEqual(s, len(args), 3, "write: as LOGIN attach|post|take|look|drop ...")
	login, what, rest := args[0], args[1], args[2:]
	switch what {
	case "attach":
		o := s.options(rest[2:], "on", "public", "id")
		values := map[string]any{"name": rest[0], "description": s.unescaped(rest[1]), "res_model": "crm.team"}
		switch o["on"] {
		case "", "website":
			values["res_id"] = s.one("crm.team", "name", "Website")
		case "nowhere":
		default:
			values["res_model"], values["res_id"] = leadModel, s.lead(o["on"])
		}
		if o["public"] != "" {
			values["public"] = true
		}
		s.attempt(login, "ir.attachment", values, o["id"])
	case "post":
		o := s.options(rest[2:], "type", "id")
		values := map[string]any{
			"model": leadModel, "res_id": s.lead(rest[0]), "message_id": rest[1], "message_type": "comment", "body": "<p>Hello</p>",
		}
		if o["type"] != "" {
			values["message_type"] = o["type"]
		}
		s.attempt(login, messageModel, values, o["id"])
	case "retype":
		kind := "<crm-tool." + rest[1] + ".%"
		for _, r := range s.search(messageModel, []any{[]any{"res_id", "=", s.lead(rest[0])}, []any{"message_id", "=like", kind}}, "message_id") {
			s.execute(login, messageModel, "write", []any{[]any{r.id()}, map[string]any{"message_type": rest[2]}}, nil)
		}
	case "take":
		s.attempt(login, "res.partner", map[string]any{"name": "taken"}, rest[0])
	case "look":
		answer := s.execute(login, "ir.attachment", "search_read", []any{[]any{[]any{"name", "=", rest[0]}}}, map[string]any{"fields": []any{"datas"}})
		s.print("%d", len(answer.([]any)))
	case "drop":
		for _, r := range s.search("ir.attachment", []any{[]any{"name", "=", rest[0]}, []any{"res_model", "=", false}}, "name") {
			s.execute(login, "ir.attachment", "unlink", []any{[]any{r.id()}}, nil)
		}
	default:
		s.ts.Fatalf("nobody can %s", what)
	}
}

// attempt makes a record as somebody, under an external id if there is one. Odoo
// may refuse.
func (s *script) attempt(login, model string, values map[string]any, externalID string) {
	switch ids := s.made(login, model, values, externalID); {
	case len(ids) == 0:
		s.print("refused")
	case externalID != "":
		s.print("%s", strings.Join(s.externalIDs(model, ids), " "))
	}
}

// made makes a record as somebody, under an external id if there is one, and
// returns its id; none if Odoo refused.
func (s *script) made(login, model string, values map[string]any, externalID string) []any {
	if externalID == "" {
		id, err := s.Execute(login, model, "create", []any{values}, nil)
		if err != nil {
			return nil
		}
		return []any{id}
	}
	columns, row := []any{"id"}, []any{externalID}
	for name, v := range values {
		text := fmt.Sprint(v)
		if yes, ok := v.(bool); ok {
			text = map[bool]string{true: "1", false: "0"}[yes]
		}
		columns, row = append(columns, name), append(row, text)
	}
	answer, err := s.Execute(login, model, "load", []any{columns, []any{row}},
		map[string]any{"context": map[string]any{"mode": "update", "noupdate": true}})
	if err != nil {
		return nil
	}
	ids, _ := answer.(map[string]any)["ids"].([]any)
	return ids
}

// externalIDs returns those of records.
func (s *script) externalIDs(model string, ids []any) []string {
	var names []string
	for _, r := range s.execute(admin, model, "get_metadata", []any{ids}, nil).([]any) {
		names = append(names, record(r.(map[string]any)).text("xmlid"))
	}
	return names
}
