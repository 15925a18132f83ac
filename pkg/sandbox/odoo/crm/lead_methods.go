package crm

import (
	"cmp"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/mail"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// leadMethods are the methods that only crm.lead has.
func leadMethods() map[string]orm.Method {
	return map[string]orm.Method{
		"action_archive":      orm.NewMethod(callArchive, 1, "ids"),
		"action_unarchive":    orm.NewMethod(callUnarchive, 1, "ids"),
		"toggle_active":       orm.NewMethod(callToggle, 1, "ids"),
		"action_set_won":      orm.NewMethod(callSetWon, 1, "ids"),
		"convert_opportunity": orm.NewMethod(callConvert, 1, "ids", "partner", "user_ids", "team_id"),
		"merge_opportunity":   orm.NewMethod(callMerge, 1, "ids", "user_id", "team_id", "auto_unlink"),
		"message_post":        mail.MessagePost(),
	}
}

// callArchive is crm.lead.action_archive. Up to 18 it makes the lead a lost
// one. Its result cannot travel, so that the answer is a fault although the
// work was done.
func callArchive(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	values := map[string]any{"active": false}
	if e.Version < 19 {
		values["probability"] = int64(0)
	}
	_, err := orm.CallWrite(e, t, orm.Arguments{"ids": a["ids"], "vals": values})
	return xmlrpc.None{}, err
}

// callUnarchive is crm.lead.action_unarchive.
func callUnarchive(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	_, err := orm.CallWrite(e, t, orm.Arguments{"ids": a["ids"], "vals": map[string]any{"active": true}})
	return xmlrpc.None{}, err
}

// callToggle is crm.lead.toggle_active.
func callToggle(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	for _, id := range a.IDs() {
		call := callArchive
		if r := t.Rows[id]; r != nil && !e.Flag(r, "active") {
			call = callUnarchive
		}
		if _, err := call(e, t, orm.Arguments{"ids": []any{id}}); err != nil {
			return nil, err
		}
	}
	return xmlrpc.None{}, nil
}

// callSetWon is crm.lead.action_set_won.
func callSetWon(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	won := e.Ref("crm.stage_lead4")
	return orm.CallWrite(e, t, orm.Arguments{"ids": a["ids"], "vals": map[string]any{"active": true, "stage_id": won}})
}

// callConvert is crm.lead.convert_opportunity: a lead becomes an opportunity
// and remembers when.
func callConvert(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	records, err := e.Targets(t, a.IDs(), orm.OpWrite)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		values := map[string]any{"type": "opportunity", "date_conversion": e.Now}
		if partner, ok := a["partner"].(int64); ok {
			values["partner_id"] = partner
		}
		if err := e.Write(r, values); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// callMerge is crm.lead.merge_opportunity: the lead that Odoo trusts most
// survives and gets the messages and activities of the others. Up to 18 the
// result cannot travel.
func callMerge(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	records, err := e.Targets(t, a.IDs(), orm.OpWrite)
	if err != nil {
		return nil, err
	}
	if len(records) < 2 {
		return nil, orm.UserError("Select at least two Leads/Opportunities from the list to merge them.")
	}
	slices.SortFunc(records, func(a, b *orm.Record) int { return compareConfidence(e, a, b) })
	survivor := records[0]
	err = e.AsSystem(func() error {
		for _, other := range records[1:] {
			if err := mergeInto(e, survivor, other); err != nil {
				return err
			}
		}
		return mail.Note(e, survivor, "mail.mt_note", "<p>Merged</p>")
	})
	if e.Version < 19 {
		return xmlrpc.Recordset(t.Name), err
	}
	return []any{survivor.ID}, err
}

// compareConfidence puts the lead first that is likelier to be won.
func compareConfidence(e *orm.Env, a, b *orm.Record) int {
	rank := func(r *orm.Record, name string) float64 {
		stage := e.Follow(r, "stage_id")
		switch {
		case name == "type" && r.Values["type"] == "opportunity":
			return 1
		case name == "sequence" && stage != nil:
			return orm.Number(e.Get(stage, "sequence"))
		case name == "probability":
			return orm.Number(e.Get(r, "probability"))
		}
		return 0
	}
	for _, name := range []string{"type", "sequence", "probability"} {
		if c := cmp.Compare(rank(b, name), rank(a, name)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.ID, b.ID)
}

// mergeInto moves what hangs on a lead to another, and deletes it.
func mergeInto(e *orm.Env, survivor, other *orm.Record) error {
	for _, m := range e.FollowAll(other, "message_ids") {
		subject := "From " + e.Title(other)
		if own := e.Text(m, "subject"); own != "" {
			subject += ": " + own
		}
		e.Set(m, "res_id", survivor.ID)
		e.Set(m, "subject", subject)
	}
	for _, activity := range e.FollowAll(other, "activity_ids") {
		e.Set(activity, "res_id", survivor.ID)
	}
	return e.Unlink(other)
}
