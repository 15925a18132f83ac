package odoo

import (
	"cmp"
	"slices"
)

// leadMethods are the methods that only crm.lead has.
func leadMethods() map[string]method {
	return map[string]method{
		"action_archive":      newMethod(callArchive, 1, "ids"),
		"action_unarchive":    newMethod(callUnarchive, 1, "ids"),
		"toggle_active":       newMethod(callToggle, 1, "ids"),
		"action_set_won":      newMethod(callSetWon, 1, "ids"),
		"convert_opportunity": newMethod(callConvert, 1, "ids", "partner", "user_ids", "team_id"),
		"merge_opportunity":   newMethod(callMerge, 1, "ids", "user_id", "team_id", "auto_unlink"),
		"message_post":        messagePost(),
	}
}

// callArchive is crm.lead.action_archive. Up to 18 it makes the lead a lost
// one. Its result cannot travel, so that the answer is a fault although the
// work was done.
func callArchive(e *env, t *table, a arguments) (any, error) {
	values := map[string]any{"active": false}
	if e.db.version < 19 {
		values["probability"] = int64(0)
	}
	_, err := callWrite(e, t, arguments{"ids": a["ids"], "vals": values})
	return none{}, err
}

// callUnarchive is crm.lead.action_unarchive.
func callUnarchive(e *env, t *table, a arguments) (any, error) {
	_, err := callWrite(e, t, arguments{"ids": a["ids"], "vals": map[string]any{"active": true}})
	return none{}, err
}

// callToggle is crm.lead.toggle_active.
func callToggle(e *env, t *table, a arguments) (any, error) {
	for _, id := range a.ids() {
		call := callArchive
		if r := t.rows[id]; r != nil && !e.flag(r, "active") {
			call = callUnarchive
		}
		if _, err := call(e, t, arguments{"ids": []any{id}}); err != nil {
			return nil, err
		}
	}
	return none{}, nil
}

// callSetWon is crm.lead.action_set_won.
func callSetWon(e *env, t *table, a arguments) (any, error) {
	won := e.ref("crm.stage_lead4")
	return callWrite(e, t, arguments{"ids": a["ids"], "vals": map[string]any{"active": true, "stage_id": won}})
}

// callConvert is crm.lead.convert_opportunity: a lead becomes an opportunity
// and remembers when.
func callConvert(e *env, t *table, a arguments) (any, error) {
	records, err := e.targets(t, a.ids(), opWrite)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		values := map[string]any{"type": "opportunity", "date_conversion": e.now}
		if partner, ok := a["partner"].(int64); ok {
			values["partner_id"] = partner
		}
		if err := e.write(r, values); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// callMerge is crm.lead.merge_opportunity: the lead that Odoo trusts most
// survives and gets the messages and activities of the others. Up to 18 the
// result cannot travel.
func callMerge(e *env, t *table, a arguments) (any, error) {
	records, err := e.targets(t, a.ids(), opWrite)
	if err != nil {
		return nil, err
	}
	if len(records) < 2 {
		return nil, userError("Select at least two Leads/Opportunities from the list to merge them.")
	}
	slices.SortFunc(records, func(a, b *record) int { return e.compareConfidence(a, b) })
	survivor := records[0]
	err = e.asSystem(func() error {
		for _, other := range records[1:] {
			if err := e.mergeInto(survivor, other); err != nil {
				return err
			}
		}
		return e.note(survivor, "mail.mt_note", "<p>Merged</p>")
	})
	if e.db.version < 19 {
		return recordset(t.name), err
	}
	return []any{survivor.id}, err
}

// compareConfidence puts the lead first that is likelier to be won.
func (e *env) compareConfidence(a, b *record) int {
	rank := func(r *record, name string) float64 {
		stage := e.follow(r, "stage_id")
		switch {
		case name == "type" && r.values["type"] == "opportunity":
			return 1
		case name == "sequence" && stage != nil:
			return number(e.get(stage, "sequence"))
		case name == "probability":
			return number(e.get(r, "probability"))
		}
		return 0
	}
	for _, name := range []string{"type", "sequence", "probability"} {
		if c := cmp.Compare(rank(b, name), rank(a, name)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.id, b.id)
}

// mergeInto moves what hangs on a lead to another, and deletes it.
func (e *env) mergeInto(survivor, other *record) error {
	for _, m := range e.followAll(other, "message_ids") {
		subject := "From " + e.title(other)
		if own := e.text(m, "subject"); own != "" {
			subject += ": " + own
		}
		e.set(m, "res_id", survivor.id)
		e.set(m, "subject", subject)
	}
	for _, activity := range e.followAll(other, "activity_ids") {
		e.set(activity, "res_id", survivor.id)
	}
	return e.unlink(other)
}
