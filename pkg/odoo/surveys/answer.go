package surveys

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

const lineModel = "survey.user_input.line"

// AnswerLines returns the answers of participations, in the order of the questions.
func (st *Store) AnswerLines(ctx context.Context, ids []int64) ([]crm.AnswerLine, error) {
	answered, err := recordset.FindAmong(ctx, st.client, recordset.Query{
		Model: lineModel, Domain: odoo.Term("skipped", "=", false),
		Fields: []string{"user_input_id", "question_id", "answer_type", "suggested_answer_id", "value_text_box", "value_char_box"},
	}, "user_input_id", ids, answerLineOf, func(id int64, err error) answerLine {
		return answerLine{AnswerLine: crm.AnswerLine{Participation: id, Unreadable: err}}
	})
	if err != nil {
		return nil, err
	}
	choices, err := st.choices(ctx, crm.IDs(answered, func(l answerLine) int64 { return l.choice }))
	list := make([]crm.AnswerLine, len(answered))
	for i, l := range answered {
		list[i] = l.AnswerLine
		if l.choice != 0 && l.Unreadable == nil {
			c := choices[l.choice]
			list[i].Answer, list[i].Score, list[i].Scored, list[i].Unreadable = c.Text, c.Score, c.Scored, c.unreadable
		}
	}
	return list, err
}

// answerLine is an answer, whose words and score are those of a choice unless
// somebody wrote it.
type answerLine struct {
	crm.AnswerLine

	choice int64
}

func answerLineOf(r *recordset.Row) answerLine {
	line := answerLine{AnswerLine: crm.AnswerLine{
		Participation: r.Ref("user_input_id"), QuestionID: r.Ref("question_id"), Question: r.Label("question_id"),
	}}
	switch r.Text("answer_type") {
	case "suggestion":
		line.choice = r.Ref("suggested_answer_id")
	case "char_box":
		line.Answer = r.Text("value_char_box")
	default:
		line.Answer = r.Text("value_text_box")
	}
	line.Unreadable = r.Unreadable("user_input_id")
	return line
}

// choice is a choice of a survey in Odoo.
type choice struct {
	questionnaire.Choice

	unreadable error
}

// choices reads the choices of answers: their bare words, since from Odoo 17
// on the name of an answer holds the question as well, and their scores.
func (st *Store) choices(ctx context.Context, ids []int64) (map[int64]choice, error) {
	return recordset.FindMap(ctx, st.client, recordset.Query{Model: choiceModel, Domain: odoo.Term("id", "in", ids), Fields: []string{"value", "answer_score"}},
		func(r *recordset.Row) (int64, choice) {
			score := r.Float("answer_score")
			c := questionnaire.Choice{Text: r.Text("value"), Score: max(score, 0), Scored: score >= 0}
			return r.ID(), choice{c, r.Unreadable()}
		})
}
