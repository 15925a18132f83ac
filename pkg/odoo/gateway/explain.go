package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// FinishedOn returns the newest activities that were finished on an
// opportunity, oldest first.
func (g *Gateway) FinishedOn(ctx context.Context, id crm.OpportunityID, limit int) ([]crm.DoneActivity, error) {
	list, err := g.doneActivities(ctx, odoo.And(odoo.Term("res_id", "=", id), odoo.Term("mail_activity_type_id", "!=", false)))
	if err != nil {
		return nil, err
	}
	return list[max(0, len(list)-limit):], nil
}

// InvitedAbout returns the participations about activities, and all of the
// client with an address.
func (g *Gateway) InvitedAbout(ctx context.Context, activities []crm.EntryID, email string) ([]crm.Participation, error) {
	var either []odoo.Domain
	for _, id := range activities {
		either = append(either, odoo.Term("invite_token", "=like", fmt.Sprintf("%s%%:%d:%%", invitePrefix, id)))
	}
	if email != "" {
		// An underscore finds others' as well, which have another address.
		either = append(either, odoo.Term("email", "=ilike", email))
	}
	list, err := g.participations(ctx, odoo.Or(either...))
	if fault, ok := errors.AsType[*odoo.Error](err); ok && fault.Kind == odoo.MissingApp {
		return nil, nil
	}
	return list, err
}

// Bodies returns the HTML of messages.
func (g *Gateway) Bodies(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]string, error) {
	records, err := g.search(ctx, messageModel, odoo.Term("id", "in", ids), 0, "body")
	if err != nil {
		return nil, err
	}
	bodies := map[crm.EntryID]string{}
	for _, record := range records {
		r := row{record: record, model: messageModel}
		bodies[crm.EntryID(r.id())] = r.text("body")
		if r.err != nil {
			return nil, r.err
		}
	}
	return bodies, nil
}
