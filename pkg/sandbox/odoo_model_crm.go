package sandbox

import "fmt"

// stageModel is crm.stage.
func stageModel(version int) *model {
	return newModel(model{
		name: "crm.stage", label: "CRM Stages", rights: everything(), managed: changing(), order: "sequence, name, id",
	}, version,
		field{name: "name", label: "Stage Name", kind: char, required: true},
		field{name: "sequence", label: "Sequence", kind: integer},
		field{name: "is_won", label: "Is Won Stage?", kind: boolean},
		field{name: "fold", label: "Folded in Pipeline", kind: boolean},
	)
}

// teamModel is crm.team. The standard teams cannot be deleted.
func teamModel(version int) *model {
	return newModel(model{
		name: "crm.team", label: "Sales Team", rights: everything(), managed: changing(), order: "sequence, id desc",
		deleting: func(e *env, r *record) error {
			for _, name := range e.odoo.external.byRecord[r] {
				if name == "sales_team.salesteam_website_sales" || name == "sales_team.pos_sales_team" {
					return userError("Cannot delete default team \"%s\"", e.title(r))
				}
			}
			return e.dropAttached(r)
		},
	}, version,
		field{name: "name", label: "Sales Team", kind: char, required: true},
		field{name: "active", label: "Active", kind: boolean},
		field{name: "sequence", label: "Sequence", kind: integer},
		field{name: "company_id", label: "Company", kind: many2one, relation: "res.company"},
		field{name: "user_id", label: "Team Leader", kind: many2one, relation: "res.users"},
		field{name: "use_leads", label: "Leads", kind: boolean},
	)
}

// tagModel is crm.tag.
func tagModel(version int) *model {
	return newModel(model{name: "crm.tag", label: "CRM Tag", rights: everything()}, version,
		field{name: "name", label: "Tag Name", kind: char, required: true},
		field{name: "color", label: "Color", kind: integer},
	)
}

// leadModel is crm.lead.
func leadModel(version int) *model {
	return newModel(model{
		name: "crm.lead", label: leadLabel(version), rights: everything(), managed: []operation{opUnlink},
		order: "priority desc, id desc",
		allows: func(e *env, r *record, _ operation) bool {
			owner := r.values["user_id"]
			return e.role >= roleManager || owner == nil || owner == e.user.id
		},
		defaults: leadDefaults, created: leadCreated, updating: leadUpdating, deleting: leadDeleting,
		methods: leadMethods(),
	}, version, leadFields()...)
}

// leadLabel is the model's name in Odoo's interface.
func leadLabel(version int) string {
	if version >= 19 {
		return "Lead"
	}
	return "Lead/Opportunity"
}

// leadFields are the fields of crm.lead.
func leadFields() []field {
	return []field{
		{name: "name", label: "Opportunity", kind: char, required: true},
		{name: "active", label: "Active", kind: boolean},
		{name: "type", label: "Type", kind: selection, choices: []string{"lead", "opportunity"}, required: true},
		{name: "priority", label: "Priority", kind: selection, choices: []string{"0", "1", "2", "3"}},
		{name: "description", label: "Notes", kind: html},
		{name: "email_from", label: "Email", kind: char},
		{name: "email_normalized", label: "Normalized Email", kind: char, compute: emailNormalized("email_from")},
		{name: "email_cc", label: "Email cc", kind: char},
		{name: "phone", label: "Phone", kind: char},
		{name: "contact_name", label: "Contact Name", kind: char},
		{name: "partner_name", label: "Company Name", kind: char},
		{name: "partner_id", label: "Customer", kind: many2one, relation: "res.partner"},
		{name: "user_id", label: "Salesperson", kind: many2one, relation: "res.users"},
		{name: "team_id", label: "Sales Team", kind: many2one, relation: "crm.team"},
		{name: "company_id", label: "Company", kind: many2one, relation: "res.company"},
		{name: "stage_id", label: "Stage", kind: many2one, relation: "crm.stage"},
		{name: "tag_ids", label: "Tags", kind: many2many, relation: "crm.tag"},
		{name: "lang_id", label: "Language", kind: many2one, relation: "res.lang"},
		{name: "lang_code", label: "Locale Code", kind: char, compute: func(e *env, r *record) any {
			if lang := e.follow(r, "lang_id"); lang != nil {
				return e.text(lang, "code")
			}
			return nil
		}},
		{name: "is_blacklisted", label: "Blacklist", kind: boolean, compute: isBlacklisted},
		{name: "message_bounce", label: "Bounce", kind: integer},
		{name: "probability", label: "Probability", kind: float},
		{name: "expected_revenue", label: "Expected Revenue", kind: float},
		{name: "won_status", label: "Is Won", kind: selection, choices: []string{"won", "lost", "pending"}, since: 18, compute: wonStatus},
		{name: "date_open", label: "Assignment Date", kind: datetime},
		{name: "date_closed", label: "Closed Date", kind: datetime},
		{name: "date_conversion", label: "Conversion Date", kind: datetime},
		{name: "date_last_stage_update", label: "Last Stage Update", kind: datetime},
		{name: "date_deadline", label: "Expected Closing", kind: date},
		{name: "message_ids", label: "Messages", kind: one2many, relation: "mail.message", inverse: "res_id"},
		{name: "activity_ids", label: "Activities", kind: one2many, relation: "mail.activity", inverse: "res_id"},
	}
}

// wonStatus is what a lead's stage and probability amount to. In 18 an
// archived lead is never won.
func wonStatus(e *env, r *record) any {
	stage := e.follow(r, "stage_id")
	active := e.flag(r, "active")
	probability := number(e.get(r, "probability"))
	switch {
	case probability == 100 && stage != nil && e.flag(stage, "is_won") && (active || e.odoo.version >= 19):
		return "won"
	case !active && probability == 0:
		return "lost"
	default:
		return "pending"
	}
}

// leadDefaults completes a new lead: the caller is its salesperson unless the
// call says otherwise, and the customer fills in what the call leaves open.
func leadDefaults(e *env, values map[string]any) error {
	given := func(name string) bool { _, ok := values[name]; return ok }
	if !given("user_id") {
		values["user_id"] = e.user.id
	}
	if values["user_id"] != nil {
		values["date_open"] = e.now
		if !given("team_id") {
			values["team_id"] = e.odoo.external.byName["sales_team.team_sales_department"].id
		}
		if !given("company_id") {
			values["company_id"] = e.get(e.table("res.users").rows[number64(values["user_id"])], "company_id")
		}
	}
	for name, v := range map[string]any{
		"type": "opportunity", "priority": "0", "probability": 10.0,
		"stage_id": e.odoo.external.byName["crm.stage_lead1"].id,
	} {
		if values[name] == nil {
			values[name] = v
		}
	}
	values["date_last_stage_update"] = e.now
	if stage := e.table("crm.stage").rows[number64(values["stage_id"])]; stage != nil && e.flag(stage, "is_won") {
		values["probability"], values["date_closed"] = 100.0, e.now
	}
	return e.fillFromCustomer(values, given)
}

// fillFromCustomer copies what the customer's contact knows, and tells the
// contact an address that differs from its own.
func (e *env) fillFromCustomer(values map[string]any, given func(string) bool) error {
	partner := e.table("res.partner").rows[number64(values["partner_id"])]
	if partner == nil {
		return nil
	}
	firm, person := partner, ""
	if !e.flag(partner, "is_company") {
		firm, person = e.follow(partner, "parent_id"), e.text(partner, "name")
	}
	fill := map[string]any{"email_from": partner.values["email"], "phone": partner.values["phone"], "contact_name": optional(person)}
	if firm != nil {
		fill["partner_name"] = firm.values["name"]
	}
	for id, lang := range e.table("res.lang").rows {
		if lang.values["code"] == partner.values["lang"] {
			fill["lang_id"] = id
		}
	}
	for name, v := range fill {
		if !given(name) && v != nil {
			values[name] = v
		}
	}
	if own, _ := values["email_from"].(string); own != "" && normalizeEmail(own) != e.text(partner, "email_normalized") {
		e.set(partner, "email", own)
	}
	return nil
}

// optional is nil for an empty text.
func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// leadCreated notes in the chatter that the lead was made.
func leadCreated(e *env, r *record, _ map[string]any) error {
	if e.context["mail_create_nolog"] == true {
		return nil
	}
	body := "<p>A new lead has been created.</p>"
	if team := e.follow(r, "team_id"); team != nil {
		body = fmt.Sprintf("<p>A new lead has been created for the team \"%s\".</p>", e.title(team))
	}
	return e.note(r, "crm.mt_lead_create", `<div summary="o_mail_notification">`+body+"</div>")
}

// leadUpdating follows what a change entails: a won stage closes the lead, so
// does archiving, which up to 18 deletes the open activities.
func leadUpdating(e *env, r *record, values map[string]any) error {
	if stage, ok := values["stage_id"].(int64); ok && stage != r.values["stage_id"] {
		values["date_last_stage_update"] = e.now
		subtype := "crm.mt_lead_stage"
		if e.flag(e.table("crm.stage").rows[stage], "is_won") {
			subtype = "crm.mt_lead_won"
			values["probability"], values["date_closed"] = 100.0, e.now
		}
		if err := e.note(r, subtype, ""); err != nil {
			return err
		}
	}
	if user, ok := values["user_id"].(int64); ok && user != r.values["user_id"] {
		values["date_open"] = e.now
	}
	if _, ok := values["partner_id"].(int64); ok {
		given := func(name string) bool { _, ok := values[name]; return ok }
		if err := e.fillFromCustomer(values, given); err != nil {
			return err
		}
	} else if own, _ := values["email_from"].(string); own != "" {
		if partner := e.follow(r, "partner_id"); partner != nil {
			e.set(partner, "email", own)
		}
	}
	active, ok := values["active"].(bool)
	if !ok || active == e.flag(r, "active") {
		return nil
	}
	return e.archived(r, values, active)
}

// archived follows archiving a lead and putting it back.
func (e *env) archived(r *record, values map[string]any, active bool) error {
	if active {
		return e.note(r, "crm.mt_lead_restored", "")
	}
	values["date_closed"] = e.now
	if e.odoo.version < 19 {
		for _, id := range ids(e.get(r, "activity_ids")) {
			e.remove(e.table("mail.activity").rows[id])
		}
	}
	return e.note(r, "mail.mt_note", "")
}

// leadDeleting deletes what hangs on a lead.
func leadDeleting(e *env, r *record) error {
	for _, name := range []string{"mail.message", "mail.activity"} {
		t := e.table(name)
		for _, id := range append([]int64(nil), t.indexes["res_id"][r.id]...) {
			if child := t.rows[id]; child.values[modelField(t)] == r.table.name {
				e.remove(child)
			}
		}
	}
	return e.dropAttached(r)
}

// dropAttached deletes the attachments of a record.
func (e *env) dropAttached(r *record) error {
	t := e.table("ir.attachment")
	for _, id := range append([]int64(nil), t.indexes["res_id"][r.id]...) {
		if t.rows[id].values["res_model"] == r.table.name {
			e.remove(t.rows[id])
		}
	}
	return nil
}
