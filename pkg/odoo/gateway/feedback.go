package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

const lineModel = "survey.user_input.line"

// Finished returns the activities that were finished since, oldest first. The
// message that names the activity's type is what every version keeps.
func (g *Gateway) Finished(ctx context.Context, since time.Time) ([]crm.DoneActivity, error) {
	return g.doneActivities(ctx, odoo.And(odoo.Term("mail_activity_type_id", "!=", false), odoo.Term("create_date", ">=", since)))
}

// DoneActivities returns finished activities, by their messages.
func (g *Gateway) DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error) {
	list, err := g.doneActivities(ctx, odoo.Term("id", "in", ids))
	if err != nil {
		return nil, err
	}
	done := map[crm.EntryID]crm.DoneActivity{}
	for _, d := range list {
		done[d.Message] = d
	}
	return done, nil
}

func (g *Gateway) doneActivities(ctx context.Context, domain odoo.Domain) ([]crm.DoneActivity, error) {
	records, err := g.search(ctx, messageModel, odoo.And(odoo.Term("model", "=", leadModel), domain), 0,
		"res_id", "mail_activity_type_id", "create_date")
	if err != nil {
		return nil, err
	}
	list := make([]crm.DoneActivity, len(records))
	for i, record := range records {
		r := row{record: record, model: messageModel}
		_, typeName, _ := record.Ref("mail_activity_type_id")
		list[i] = crm.DoneActivity{
			Message:     crm.EntryID(r.id()),
			Opportunity: crm.OpportunityID(r.int("res_id")),
			Type:        crm.ActivityTypeID(r.ref("mail_activity_type_id")),
			TypeName:    typeName,
			At:          r.time("create_date"),
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return list, nil
}

// Ours returns those of the finished activities that crm-tool had planned.
func (g *Gateway) Ours(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]bool, error) {
	records, err := g.search(ctx, messageModel, odoo.And(odoo.Term("id", "in", ids), odoo.Term("body", "like", crm.FollowUpMark)), 0, "res_id")
	if err != nil {
		return nil, err
	}
	return idSet[crm.EntryID](records, messageModel)
}

// Mailed returns the activities with an entry of the kind that was made since,
// whatever became of its mail.
func (g *Gateway) Mailed(ctx context.Context, kind crm.EntryKind, since time.Time) (map[crm.EntryID]bool, error) {
	return g.asked(ctx, kind, odoo.And(odoo.Term("message_type", "!=", typeEmail), odoo.Term("create_date", ">=", since)))
}

// Asked returns the activities of opportunities whose questionnaire is known to
// have left.
func (g *Gateway) Asked(ctx context.Context, ids []crm.OpportunityID) (map[crm.EntryID]bool, error) {
	return g.asked(ctx, crm.Feedback, odoo.And(odoo.Term("res_id", "in", ids), odoo.Term("message_type", "=", typeComment)))
}

// asked returns the activities with an entry of the kind.
func (g *Gateway) asked(ctx context.Context, kind crm.EntryKind, domain odoo.Domain) (map[crm.EntryID]bool, error) {
	records, err := g.search(ctx, messageModel, odoo.And(
		odoo.Term("model", "=", leadModel),
		odoo.Term("message_id", "=like", kind.MessageIDs()),
		domain,
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
		if isOurs {
			asked[e.Key.Activity] = true
		}
	}
	return asked, nil
}

// AnswerLines returns the answers of participations, in the order of the questions.
func (g *Gateway) AnswerLines(ctx context.Context, ids []int64) ([]crm.AnswerLine, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	records, err := g.search(ctx, lineModel, odoo.And(odoo.Term("user_input_id", "in", ids), odoo.Term("skipped", "=", false)), 0,
		"user_input_id", "question_id", "answer_type", "suggested_answer_id", "value_text_box", "value_char_box")
	if err != nil {
		return nil, err
	}
	choices, err := g.choices(ctx, records)
	if err != nil {
		return nil, err
	}
	list := make([]crm.AnswerLine, len(records))
	for i, record := range records {
		r := row{record: record, model: lineModel}
		_, question, _ := record.Ref("question_id")
		list[i] = crm.AnswerLine{Participation: r.ref("user_input_id"), QuestionID: r.ref("question_id"), Question: question}
		switch r.text("answer_type") {
		case "suggestion":
			chosen := choices[r.ref("suggested_answer_id")]
			list[i].Answer, list[i].Score, list[i].Scored = chosen.Text, chosen.Score, chosen.Scored
		case "char_box":
			list[i].Answer = r.text("value_char_box")
		default:
			list[i].Answer = r.text("value_text_box")
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return list, nil
}

// choices reads the choices of answers: their bare words, since from Odoo 17
// on the name of an answer holds the question as well, and what they are worth.
func (g *Gateway) choices(ctx context.Context, lines []odoo.Record) (map[int64]questionnaire.Choice, error) {
	var ids []int64
	for _, record := range lines {
		id, _, err := record.Ref("suggested_answer_id")
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", lineModel, err)
		}
		if id != 0 {
			ids = append(ids, id)
		}
	}
	choices := map[int64]questionnaire.Choice{}
	if len(ids) == 0 {
		return choices, nil
	}
	records, err := g.search(ctx, answerModel, odoo.Term("id", "in", ids), 0, "value", "answer_score")
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		r := row{record: record, model: answerModel}
		score := r.float("answer_score")
		choices[r.id()] = questionnaire.Choice{Text: r.text("value"), Score: max(score, 0), Scored: score >= 0}
		if r.err != nil {
			return nil, r.err
		}
	}
	return choices, nil
}
