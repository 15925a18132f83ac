package feedback

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
)

// todoNote is the note of the to-do about an unhappy client: the score, the worst answer,
// and where the others are. The note about the answers has them all.
func todoNote(texts mailing.NoteTexts, at time.Time, score plan.Score, chosen []crm.AnswerLine) string {
	text := mailing.Paragraph(scoreLine(texts, score))
	if worst, ok := worstAnswer(chosen); ok {
		text += "<p>" + answerHTML(worst.Question, []string{worst.Answer}) + "</p>"
	}
	return text + mailing.Paragraph(texts.CallBackMore.Fill(mailing.Answer{Date: at.Format(time.DateOnly)})) +
		mailing.Paragraph(crm.FollowUpMark)
}

// worstAnswer returns the first of the answers with the lowest score.
func worstAnswer(chosen []crm.AnswerLine) (worst crm.AnswerLine, ok bool) {
	for _, a := range chosen {
		if a.Scored && (!ok || a.Score < worst.Score) {
			worst, ok = a, true
		}
	}
	return worst, ok
}
