package gateway

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

const lineModel = "survey.user_input.line"

// AnswerLines returns the answers of participations, in the order of the questions.
func (g *Gateway) AnswerLines(ctx context.Context, ids []int64) ([]crm.AnswerLine, error) {
	var chosen []int64 // For each line, 0 for a text.
	list, err := recordset.Find(ctx, g.client, recordset.Query{
		Model: lineModel, Domain: odoo.And(odoo.Term("user_input_id", "in", ids), odoo.Term("skipped", "=", false)),
		Fields: []string{"user_input_id", "question_id", "answer_type", "suggested_answer_id", "value_text_box", "value_char_box"},
	}, func(r *recordset.Row) crm.AnswerLine {
		line := crm.AnswerLine{
			Participation: r.Ref("user_input_id"), QuestionID: r.Ref("question_id"), Question: r.Label("question_id"),
		}
		var choice int64
		switch r.Text("answer_type") {
		case "suggestion":
			choice = r.Ref("suggested_answer_id")
		case "char_box":
			line.Answer = r.Text("value_char_box")
		default:
			line.Answer = r.Text("value_text_box")
		}
		chosen = append(chosen, choice)
		return line
	})
	if err != nil {
		return nil, err
	}
	choices, err := g.choices(ctx, crm.Distinct(chosen))
	for i, id := range chosen {
		if id != 0 {
			c := choices[id]
			list[i].Answer, list[i].Score, list[i].Scored = c.Text, c.Score, c.Scored
		}
	}
	return list, err
}

// choices reads the choices of answers: their bare words, since from Odoo 17
// on the name of an answer holds the question as well, and their scores.
func (g *Gateway) choices(ctx context.Context, ids []int64) (map[int64]questionnaire.Choice, error) {
	return recordset.FindMap(ctx, g.client, recordset.Query{Model: answerModel, Domain: odoo.Term("id", "in", ids), Fields: []string{"value", "answer_score"}},
		func(r *recordset.Row) (int64, questionnaire.Choice) {
			score := r.Float("answer_score")
			return r.ID(), questionnaire.Choice{Text: r.Text("value"), Score: max(score, 0), Scored: score >= 0}
		})
}
