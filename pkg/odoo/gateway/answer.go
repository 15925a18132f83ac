package gateway

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

const lineModel = "survey.user_input.line"

// AnswerLines returns the answers of participations, in the order of the questions.
func (g *Gateway) AnswerLines(ctx context.Context, ids []int64) ([]crm.AnswerLine, error) {
	var chosen []int64 // For each line, 0 for a text.
	list, err := find(ctx, g, query{
		model: lineModel, domain: odoo.And(odoo.Term("user_input_id", "in", ids), odoo.Term("skipped", "=", false)),
		fields: []string{"user_input_id", "question_id", "answer_type", "suggested_answer_id", "value_text_box", "value_char_box"},
	}, func(r *row) crm.AnswerLine {
		line := crm.AnswerLine{
			Participation: r.ref("user_input_id"), QuestionID: r.ref("question_id"), Question: r.label("question_id"),
		}
		var choice int64
		switch r.text("answer_type") {
		case "suggestion":
			choice = r.ref("suggested_answer_id")
		case "char_box":
			line.Answer = r.text("value_char_box")
		default:
			line.Answer = r.text("value_text_box")
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
	return findMap(ctx, g, query{model: answerModel, domain: odoo.Term("id", "in", ids), fields: []string{"value", "answer_score"}},
		func(r *row) (int64, questionnaire.Choice) {
			score := r.float("answer_score")
			return r.id(), questionnaire.Choice{Text: r.text("value"), Score: max(score, 0), Scored: score >= 0}
		})
}
