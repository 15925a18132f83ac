package odoo

import (
	"context"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/run"
)

var _ run.Register = (*Gateway)(nil)

// Participations returns ours with an id above after, and the highest id that
// was looked at; 0 when there was none.
func (g *Gateway) Participations(ctx context.Context, after int64, limit int) ([]run.Participation, int64, error) {
	records, err := g.search(ctx, inputModel, And(ourInputs(), Term("id", ">", after)), limit, inputFields()...)
	if err != nil {
		return nil, 0, err
	}
	var list []run.Participation
	last := int64(0)
	for _, record := range records {
		p, isOurs, err := participationOf(record)
		if err != nil {
			return nil, 0, err
		}
		if isOurs {
			list = append(list, p)
		}
		last = p.ID
	}
	return list, last, nil
}

// DoneActivities returns finished activities, by their messages.
func (g *Gateway) DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error) {
	records, err := g.search(ctx, messageModel, And(
		Term("model", "=", leadModel), Term("id", "in", ids),
	), 0, "res_id", "mail_activity_type_id", "create_date")
	if err != nil {
		return nil, err
	}
	done := map[crm.EntryID]crm.DoneActivity{}
	for _, record := range records {
		r := row{record: record, model: messageModel}
		_, typeName, _ := record.Ref("mail_activity_type_id")
		id := crm.EntryID(r.id())
		done[id] = crm.DoneActivity{
			Message:     id,
			Opportunity: crm.OpportunityID(r.int("res_id")),
			Type:        crm.ActivityTypeID(r.ref("mail_activity_type_id")),
			TypeName:    typeName,
			At:          r.time("create_date"),
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return done, nil
}

// Asked returns the activities of opportunities whose questionnaire is known to
// have left.
func (g *Gateway) Asked(ctx context.Context, ids []crm.OpportunityID) (map[crm.EntryID]bool, error) {
	records, err := g.search(ctx, messageModel, And(
		Term("model", "=", leadModel), Term("res_id", "in", ids),
		Term("message_id", "=like", fmt.Sprintf("<crm-tool.%s.%%", crm.Feedback)),
		Term("message_type", "=", typeComment),
	), 0, "res_id", "message_id", "message_type", "create_date")
	if err != nil {
		return nil, err
	}
	asked := map[crm.EntryID]bool{}
	for _, record := range records {
		e, isOurs, err := entryOf(record)
		if err != nil {
			return nil, err
		}
		if isOurs && e.Key.Kind == crm.Feedback {
			asked[crm.EntryID(e.Key.Step)] = true
		}
	}
	return asked, nil
}

// Surveys returns the questionnaires that have a survey, by its id; archived
// ones have theirs, too.
func (g *Gateway) Surveys(ctx context.Context, forms []questionnaire.Questionnaire) (map[int64]questionnaire.Questionnaire, error) {
	byToken := map[string]questionnaire.Questionnaire{}
	tokens := make([]string, len(forms))
	for i, q := range forms {
		tokens[i] = surveyToken(surveyKey(q))
		byToken[tokens[i]] = q
	}
	records, err := g.searchAll(ctx, surveyModel, Term("access_token", "in", tokens), "access_token")
	if err != nil {
		return nil, err
	}
	surveys := map[int64]questionnaire.Questionnaire{}
	for _, record := range records {
		r := row{record: record, model: surveyModel}
		surveys[r.id()] = byToken[r.text("access_token")]
		if r.err != nil {
			return nil, r.err
		}
	}
	return surveys, nil
}
