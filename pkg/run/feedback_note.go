package run

import (
	"html"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/feedback"
)

// answers tells what a client answered, again when it was not his first answer
// to this questionnaire.
func answersNote(language string, at time.Time, again bool, score feedback.Score, chosen []Chosen) string {
	w := wordsFor(language)
	text := paragraph(w.answered, at.Format(time.DateOnly))
	if again {
		text = paragraph(w.answeredAgain, at.Format(time.DateOnly))
	}
	if score.Known {
		text += paragraph(w.score, score.Value)
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
