package odoo

import (
	"fmt"
	"slices"
)

// leadModel is crm.lead. Everybody sees the leads of his companies only, a
// salesperson among them his own and nobody's.
func leadModel(version int) *model {
	return newModel(model{
		name: "crm.lead", label: leadLabel(version), rights: everything(), managed: []operation{opUnlink}, keeper: salesKeeper,
		order: "priority desc, id desc",
		allows: func(e *env, r *record, _ operation) bool {
			owner := r.values["user_id"]
			return !e.foreign(r) && (e.role >= roleManager || owner == nil || owner == e.user.id)
		}, strict: true,
		defaults: leadDefaults, created: leadCreated, updating: leadUpdating, updated: leadUpdated, deleting: leadDeleting,
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
		{name: "type", label: "Type", kind: selection, choices: choices("lead", "Lead", "opportunity", "Opportunity"), required: true},
		{name: "priority", label: "Priority", kind: selection, choices: choices("0", "Low", "1", "Medium", "2", "High", "3", "Very High")},
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
		{name: "lost_reason_id", label: "Lost Reason", kind: many2one, relation: "crm.lost.reason"},
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
		{name: "won_status", label: "Won/Lost", kind: selection, choices: choices("won", "Won", "lost", "Lost", "pending", "Pending"), since: 18, compute: wonStatus},
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
	active := e.flag(r, "active")
	probability := number(e.get(r, "probability"))
	switch {
	case probability == 100 && e.wonStage(r) && (active || e.db.version >= 19):
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
			values["team_id"] = e.ref("sales_team.team_sales_department")
		}
		if !given("company_id") {
			values["company_id"] = e.get(e.browse("res.users", values["user_id"]), "company_id")
		}
	}
	for name, v := range map[string]any{
		"type": "opportunity", "priority": "0", "probability": 10.0,
		"stage_id": e.ref("crm.stage_lead1"),
	} {
		if values[name] == nil {
			values[name] = v
		}
	}
	values["date_last_stage_update"] = e.now
	if stage := e.browse("crm.stage", values["stage_id"]); stage != nil && e.flag(stage, "is_won") {
		values["probability"], values["date_closed"] = 100.0, e.now
	}
	return e.fillFromCustomer(values, given)
}

// fillFromCustomer copies what the customer's contact knows, and tells the
// contact an address that differs from its own.
func (e *env) fillFromCustomer(values map[string]any, given func(string) bool) error {
	partner := e.browse("res.partner", values["partner_id"])
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

// leadCreated tells the salesperson that the lead is his, and the chatter that
// it was made.
func leadCreated(e *env, r *record, _ map[string]any) error {
	if err := e.tellAssigned(r); err != nil {
		return err
	}
	if e.context["mail_create_nolog"] == true {
		return nil
	}
	body := "<p>A new lead has been created.</p>"
	if team := e.follow(r, "team_id"); team != nil {
		body = fmt.Sprintf("<p>A new lead has been created for the team \"%s\".</p>", e.title(team))
	}
	return e.note(r, "crm.mt_lead_create", `<div summary="o_mail_notification">`+body+"</div>")
}

// tracked lists the fields whose changes leave a message in the chatter.
func tracked() []string {
	return []string{
		"stage_id", "active", "user_id", "team_id", "type", "partner_id", "email_from", "phone",
		"contact_name", "partner_name", "expected_revenue",
	}
}

// leadUpdating adds what a change entails: a won stage closes the lead, any
// other opens it, archiving closes it.
func leadUpdating(e *env, r *record, values map[string]any) error {
	given := func(name string) bool { _, ok := values[name]; return ok }
	if stage, ok := values["stage_id"].(int64); ok && stage != r.values["stage_id"] {
		values["date_last_stage_update"], values["date_closed"] = e.now, nil
		if e.flag(e.browse("crm.stage", stage), "is_won") {
			values["probability"], values["date_closed"] = 100.0, e.now
		}
	}
	if user, ok := values["user_id"].(int64); ok && user != r.values["user_id"] {
		values["date_open"] = e.now
	}
	if values["active"] == false && e.flag(r, "active") {
		values["date_closed"] = e.now
	}
	if values["partner_id"] != nil {
		return e.fillFromCustomer(values, given)
	}
	if own, _ := values["email_from"].(string); own != "" {
		if partner := e.follow(r, "partner_id"); partner != nil && normalizeEmail(own) != e.text(partner, "email_normalized") {
			e.set(partner, "email", own)
		}
	}
	return nil
}

// leadUpdated tells the chatter what was changed, and a new salesperson that
// the lead is his. Up to 18, archiving deletes the open activities.
func leadUpdated(e *env, r *record, before map[string]any) error {
	changed := func(name string) bool { old, ok := before[name]; return ok && old != r.values[name] }
	if changed("user_id") {
		if err := e.tellAssigned(r); err != nil {
			return err
		}
	}
	if changed("active") && !e.flag(r, "active") && e.db.version < 19 {
		for _, activity := range e.followAll(r, "activity_ids") {
			e.remove(activity)
		}
	}
	if e.context["mail_notrack"] == true || !slices.ContainsFunc(tracked(), changed) {
		return nil
	}
	subtype := "mail.mt_note"
	switch {
	case changed("stage_id") && e.wonStage(r):
		subtype = "crm.mt_lead_won"
	case changed("stage_id"):
		subtype = "crm.mt_lead_stage"
	case changed("active") && number(r.values["probability"]) == 0 && !e.wonStage(r):
		subtype = "crm.mt_lead_lost"
		if e.flag(r, "active") {
			subtype = "crm.mt_lead_restored"
		}
	}
	return e.note(r, subtype, "")
}

// wonStage says whether the lead's stage is a won one.
func (e *env) wonStage(r *record) bool {
	stage := e.follow(r, "stage_id")
	return stage != nil && e.flag(stage, "is_won")
}

// tellAssigned writes the message that a salesperson gets when somebody else
// gives him a lead.
func (e *env) tellAssigned(r *record) error {
	user := e.follow(r, "user_id")
	if user == nil || user == e.user || e.context["mail_auto_subscribe_no_notify"] == true {
		return nil
	}
	return e.asSystem(func() error {
		_, err := e.create(e.table("mail.message"), map[string]any{
			"model": "crm.lead", "res_id": r.id, "message_type": "user_notification", "is_internal": true,
			"subject":     "You have been assigned to " + e.title(r),
			"body":        "<p>Dear " + escape(e.title(user)) + ",</p><p>You have been assigned to the lead " + escape(e.title(r)) + ".</p>",
			"subtype_id":  e.ref("mail.mt_note"),
			"partner_ids": []any{user.values["partner_id"]},
		})
		return err
	})
}

// leadDeleting deletes what hangs on a lead.
func leadDeleting(e *env, r *record) error {
	e.dropReferences(r, "mail.message", "mail.activity", "ir.attachment")
	return nil
}
