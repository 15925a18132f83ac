package crm

import (
	"slices"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/mail"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// leadMethods are the methods that only crm.lead has.
func leadMethods() map[string]orm.Method {
	return map[string]orm.Method{
		"action_archive":      orm.NewMethod(callArchive, 1, "ids"),
		"convert_opportunity": orm.NewMethod(callConvert, 1, "ids", "partner", "user_ids", "team_id"),
		"merge_opportunity":   orm.NewMethod(callMerge, 1, "ids", "user_id", "team_id", "auto_unlink"),
		"message_post":        mail.MessagePost(),
		"get_base_url":        orm.NewMethod(callBaseURL, 1, "ids"),
	}
}

// callBaseURL is get_base_url, which every model has: where people reach Odoo.
func callBaseURL(e *orm.Env, _ *orm.Table, _ orm.Arguments) (any, error) { return e.BaseURL, nil }

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
	slices.SortFunc(records, func(a, b *orm.Record) int { return slices.Compare(confidence(e, b), confidence(e, a)) })
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

// confidence is how much Odoo trusts a lead: the greater, the likelier it is to
// be won.
func confidence(e *orm.Env, r *orm.Record) []float64 {
	rank := []float64{0, 0, value.Number(r.Values["probability"]), -float64(r.ID)}
	if r.Values["type"] == "opportunity" {
		rank[0] = 1
	}
	if stage := e.Follow(r, "stage_id"); stage != nil {
		rank[1] = value.Number(stage.Values["sequence"])
	}
	return rank
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
