package feedback

import (
	"html"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
)

// answers tells what a client answered, again when it was not his first answer
// to this questionnaire.
func answersNote(language string, at time.Time, again bool, score plan.Score, chosen []crm.AnswerLine) string {
	w := mailing.WordsFor(language)
	text := mailing.Paragraph(w.Answered, at.Format(time.DateOnly))
	if again {
		text = mailing.Paragraph(w.AnsweredAgain, at.Format(time.DateOnly))
	}
	if score.Known {
		text += mailing.Paragraph(w.Score, score.Value)
	}
	var list strings.Builder
	for i := 0; i < len(chosen); {
		question := chosen[i]
		var given []string
		for ; i < len(chosen) && chosen[i].QuestionID == question.QuestionID; i++ {
			given = append(given, html.EscapeString(chosen[i].Answer))
		}
		list.WriteString("<li>" + html.EscapeString(question.Question) + "<br><b>" + strings.Join(given, ", ") + "</b></li>")
	}
	return text + "<ul>" + list.String() + "</ul>"
}
