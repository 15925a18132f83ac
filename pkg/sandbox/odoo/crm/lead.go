package crm

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/mail"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// leadAllowed is the rule of crm.lead: everybody sees the leads of their own
// companies only, a salesperson among them their own and those of nobody.
func leadAllowed(e *orm.Env, r *orm.Record, _ orm.Operation) bool {
	owner := r.Values["user_id"]
	return !e.Foreign(r) && (e.Role >= orm.RoleManager || owner == nil || owner == e.User.ID)
}

// wonStatus is what a lead's stage and probability amount to. In 18 an
// archived lead is never won.
func wonStatus(e *orm.Env, r *orm.Record) any {
	active := e.Flag(r, "active")
	probability := value.Number(e.Get(r, "probability"))
	switch {
	case probability == 100 && wonStage(e, r) && (active || e.Version >= 19):
		return "won"
	case !active && probability == 0:
		return "lost"
	default:
		return "pending"
	}
}

// nextActivity is the deadline of the first open activity.
func nextActivity(e *orm.Env, r *orm.Record) any {
	for _, id := range orm.IDs(e.Get(r, "activity_ids")) {
		return e.Browse("mail.activity", id).Values["date_deadline"]
	}
	return nil
}

// shownMeeting is the date, in UTC, of the next meeting or else of the last.
func shownMeeting(e *orm.Env, r *orm.Record) any {
	var next, last time.Time
	for _, id := range orm.IDs(e.Get(r, "calendar_event_ids")) {
		start, _ := e.Browse("calendar.event", id).Values["start"].(time.Time)
		if start.After(e.Now) && (next.IsZero() || start.Before(next)) {
			next = start
		}
		if start.After(last) {
			last = start
		}
	}
	if at := cmp.Or(next, last); !at.IsZero() {
		return at.UTC().Format(time.DateOnly)
	}
	return nil
}

// leadDefaults completes a new lead: the caller is its salesperson unless the
// call says otherwise, and the customer fills in what the call leaves open.
func leadDefaults(e *orm.Env, values map[string]any) error {
	given := func(name string) bool { _, ok := values[name]; return ok }
	if !given("user_id") {
		values["user_id"] = e.User.ID
	}
	if values["user_id"] != nil {
		values["date_open"] = e.Now
		if !given("team_id") {
			values["team_id"] = e.Ref("sales_team.team_sales_department")
		}
		if !given("company_id") {
			values["company_id"] = e.Get(e.Browse("res.users", values["user_id"]), "company_id")
		}
	}
	value.Default(values, map[string]any{"type": "opportunity", "priority": "0", "probability": 10.0, "stage_id": e.Ref("crm.stage_lead1")})
	values["date_last_stage_update"] = e.Now
	if stage := e.Browse("crm.stage", values["stage_id"]); stage != nil && e.Flag(stage, "is_won") {
		values["probability"] = 100.0
		if e.Version >= 19 { // before, only one that is moved there is closed
			values["date_closed"] = e.Now
		}
	}
	return fillFromCustomer(e, values, given)
}

// fillFromCustomer copies what the customer's contact knows, and tells the
// contact an address that differs from its own.
func fillFromCustomer(e *orm.Env, values map[string]any, given func(string) bool) error {
	partner := e.Browse("res.partner", values["partner_id"])
	if partner == nil {
		return nil
	}
	firm, person := partner, ""
	if !e.Flag(partner, "is_company") {
		firm, person = e.Follow(partner, "parent_id"), e.Text(partner, "name")
	}
	fill := map[string]any{"email_from": partner.Values["email"], "phone": partner.Values["phone"], "contact_name": value.Optional(person)}
	if firm != nil {
		fill["partner_name"] = firm.Values["name"]
	}
	for id, lang := range e.Table("res.lang").Rows {
		if lang.Values["code"] == partner.Values["lang"] {
			fill["lang_id"] = id
		}
	}
	for name, v := range fill {
		if !given(name) && v != nil {
			values[name] = v
		}
	}
	if own, _ := values["email_from"].(string); own != "" && base.NormalizeEmail(own) != e.Text(partner, "email_normalized") {
		e.Set(partner, "email", own)
	}
	return nil
}

// leadCreated tells the salesperson that the lead is theirs, and the chatter that
// it was made.
func leadCreated(e *orm.Env, r *orm.Record, _ map[string]any) error {
	if err := tellAssigned(e, r); err != nil {
		return err
	}
	if e.Context["mail_create_nolog"] == true {
		return nil
	}
	body := "<p>A new lead has been created.</p>"
	if team := e.Follow(r, "team_id"); team != nil {
		body = fmt.Sprintf("<p>A new lead has been created for the team \"%s\".</p>", e.Title(team))
	}
	return mail.Note(e, r, "crm.mt_lead_create", `<div summary="o_mail_notification">`+body+"</div>")
}

// tracked lists the fields whose changes leave a message in the chatter.
func tracked() []string {
	return []string{
		"stage_id", "active", "user_id", "team_id", "type", "partner_id", "email_from", "phone",
		"contact_name", "partner_name", "expected_revenue",
	}
}

// leadUpdating adds what a change entails: a won stage closes the lead, any
// other opens it, archiving closes it. The contact gets an address that differs, and
// up to 17 also loses one that is cleared.
func leadUpdating(e *orm.Env, r *orm.Record, values map[string]any) error {
	given := func(name string) bool { _, ok := values[name]; return ok }
	if stage, ok := values["stage_id"].(int64); ok && stage != r.Values["stage_id"] {
		values["date_last_stage_update"], values["date_closed"] = e.Now, nil
		if e.Flag(e.Browse("crm.stage", stage), "is_won") {
			values["probability"], values["date_closed"] = 100.0, e.Now
		}
	}
	if user, ok := values["user_id"].(int64); ok && user != r.Values["user_id"] {
		values["date_open"] = e.Now
	}
	if values["active"] == false && e.Flag(r, "active") {
		values["date_closed"] = e.Now
	}
	if values["partner_id"] != nil {
		return fillFromCustomer(e, values, given)
	}
	partner := e.Follow(r, "partner_id")
	if partner == nil || !given("email_from") {
		return nil
	}
	own, _ := values["email_from"].(string)
	switch {
	case own == "" && e.Version < 18:
		e.Set(partner, "email", nil)
	case own != "" && base.NormalizeEmail(own) != e.Text(partner, "email_normalized"):
		e.Set(partner, "email", own)
	}
	return nil
}

// leadUpdated tells the chatter what was changed, and a new salesperson that
// the lead is theirs. Up to 18, archiving deletes the open activities.
func leadUpdated(e *orm.Env, r *orm.Record, before map[string]any) error {
	changed := func(name string) bool { old, ok := before[name]; return ok && old != r.Values[name] }
	if changed("user_id") {
		if err := tellAssigned(e, r); err != nil {
			return err
		}
	}
	if changed("active") && !e.Flag(r, "active") && e.Version < 19 {
		for _, activity := range e.FollowAll(r, "activity_ids") {
			e.Remove(activity)
		}
	}
	if e.Context["mail_notrack"] == true || !slices.ContainsFunc(tracked(), changed) {
		return nil
	}
	subtype := "mail.mt_note"
	switch {
	case changed("stage_id") && wonStage(e, r):
		subtype = "crm.mt_lead_won"
	case changed("stage_id"):
		subtype = "crm.mt_lead_stage"
	case changed("active") && value.Number(r.Values["probability"]) == 0 && !wonStage(e, r):
		subtype = "crm.mt_lead_lost"
		if e.Flag(r, "active") {
			subtype = "crm.mt_lead_restored"
		}
	}
	return mail.Track(e, r, subtype)
}

// wonStage says whether the lead's stage is a won one.
func wonStage(e *orm.Env, r *orm.Record) bool {
	stage := e.Follow(r, "stage_id")
	return stage != nil && e.Flag(stage, "is_won")
}

// tellAssigned writes the message that a salesperson gets when somebody else
// gives them a lead.
func tellAssigned(e *orm.Env, r *orm.Record) error {
	user := e.Follow(r, "user_id")
	if user == nil || user == e.User || e.Context["mail_auto_subscribe_no_notify"] == true {
		return nil
	}
	return mail.Notify(e, r, user, "You have been assigned to "+e.Title(r),
		"<p>Dear "+xmlrpc.Escape(e.Title(user))+",</p><p>You have been assigned to the lead "+xmlrpc.Escape(e.Title(r))+".</p>")
}

// leadDeleting deletes what hangs on a lead.
func leadDeleting(e *orm.Env, r *orm.Record) error {
	e.DropReferences(r, "mail.message", "mail.activity", "ir.attachment")
	return nil
}
