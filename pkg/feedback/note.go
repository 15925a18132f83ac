package feedback

import (
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
)

// answersNote says what a client answered. again means that the client answered
// this questionnaire before.
func answersNote(texts mailing.NoteTexts, at time.Time, again bool, score plan.Score, chosen []crm.AnswerLine) string {
	begin := texts.Answered
	if again {
		begin = texts.AnsweredAgain
	}
	text := mailing.Paragraph(begin.Fill(mailing.Answer{Date: at.Format(time.DateOnly)}))
	if score.Known {
		text += mailing.Paragraph(scoreLine(texts, score))
	}
	var list strings.Builder
	for i := 0; i < len(chosen); {
		question := chosen[i]
		var given []string
		for ; i < len(chosen) && chosen[i].QuestionID == question.QuestionID; i++ {
			given = append(given, chosen[i].Answer)
		}
		list.WriteString("<li>" + answerHTML(question.Question, given) + "</li>")
	}
	return text + "<ul>" + list.String() + "</ul>"
}

// scoreLine names a score.
func scoreLine(texts mailing.NoteTexts, score plan.Score) string {
	return texts.Score.Fill(mailing.Score{Score: strconv.FormatFloat(score.Value, 'f', 0, 64)})
}

// answerHTML is a question with what was answered to it. The lines of what a client wrote
// stay lines.
func answerHTML(question string, given []string) string {
	answer := html.EscapeString(strings.Join(given, ", "))
	return html.EscapeString(question) + "<br><b>" + strings.ReplaceAll(answer, "\n", "<br>") + "</b>"
}
