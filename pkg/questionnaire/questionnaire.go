// Package questionnaire reads the questions that clients are asked, and what
// their answers are worth.
//
// A questionnaire is one YAML file for each language, NAME.LANG.yaml:
//
//	title: Your opinion on our contact
//	introduction: Thank you for taking a moment.
//	thanks: Thank you for your answers.
//	questions:
//	  - key: overall            # names the question in every language
//	    kind: single            # or multiple, scale, text
//	    text: Overall, how satisfied or dissatisfied were you with this contact?
//	    required: true          # default: false
//	    choices:                # of single and multiple
//	      - {text: Very satisfied, score: 100}
//	      - {text: Very dissatisfied, score: 0}
//	      - {text: I cannot say}  # without a score it does not count
//	  - key: recommend
//	    kind: scale
//	    text: How likely are you to recommend us?
//	    scale: {from: 0, to: 10, low: Not at all likely, high: Extremely likely}
//	    nps: true               # its Net Promoter Score is reported
//
// The package is pure: files come in as an [overlay.FS]. Texts become one line, except that
// introduction and thanks keep their paragraphs. Otherwise they stay as they are:
// whoever shows them has to escape them.
package questionnaire

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Questionnaire is a set of questions in one language.
type Questionnaire struct {
	// Name and Language come from the file's name: satisfaction, fr_CA.
	Name     string
	Language string
	Title    string
	// Introduction and Thanks are shown before and after the questions. They
	// may be empty; paragraphs are separated by a line feed.
	Introduction string
	Thanks       string
	// Questions are 1 to 30, with different keys.
	Questions []Question
}

// Kind is the way in which a question is answered.
type Kind string

// The kinds of questions.
const (
	// Single takes one of the choices.
	Single Kind = "single"
	// Multiple takes any number of the choices.
	Multiple Kind = "multiple"
	// Scale takes one number.
	Scale Kind = "scale"
	// Text takes what the client writes.
	Text Kind = "text"
)

// Question is one question.
type Question struct {
	// Key names the question in every language: lower-case letters, digits
	// and hyphens.
	Key      string
	Kind     Kind
	Text     string
	Required bool
	// Choices belong to a Single or Multiple: 2 to 20 with different texts.
	// [Question.Options] returns the choices of every kind.
	Choices []Choice
	// Range belongs to a Scale.
	Range Range
	// NPS marks the scale from 0 to 10 whose Net Promoter Score is reported.
	// At most one question has it.
	NPS bool
}

// Choice is something that a client can choose.
type Choice struct {
	Text string
	// Score goes from 0 to 100. It counts only if Scored is set.
	Score  float64
	Scored bool
}

// Range is the range of a scale, with both ends and their meanings.
type Range struct {
	// From is at least 0 and less than To, which is at most 10.
	From, To int
	// Low and High may be empty.
	Low, High string
}

// Options returns what a client can choose, in order: the choices, or one for each
// number of a scale, with scores from 0 at its lower end to 100 at its upper end. A
// text has none.
func (q Question) Options() []Choice {
	if q.Kind != Scale {
		return q.Choices
	}
	var out []Choice
	for n := q.Range.From; n <= q.Range.To; n++ {
		out = append(out, Choice{
			Text:   q.Range.label(n),
			Score:  100 * float64(n-q.Range.From) / float64(q.Range.To-q.Range.From),
			Scored: true,
		})
	}
	return out
}

// label returns a number, at both ends with its meaning.
func (r Range) label(n int) string {
	meaning := ""
	switch n {
	case r.From:
		meaning = r.Low
	case r.To:
		meaning = r.High
	}
	if meaning == "" {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d – %s", n, meaning)
}

// Hash returns twelve hexadecimal digits for everything that a client reads and
// everything that is scored. Name, language and the layout of the file make no
// difference. Surveys in Odoo are found by it, so it must not change from version to
// version.
func (q Questionnaire) Hash() string {
	var b strings.Builder
	add := func(fields ...string) {
		for _, field := range fields {
			b.WriteString(strconv.Itoa(len(field)) + ":" + field)
		}
	}
	add(q.Title, q.Introduction, q.Thanks)
	for _, question := range q.Questions {
		add("question", question.Key, string(question.Kind), question.Text,
			strconv.FormatBool(question.Required), strconv.FormatBool(question.NPS))
		for _, option := range question.Options() {
			add("option", option.Text, strconv.FormatBool(option.Scored), strconv.FormatFloat(option.Score, 'f', 2, 64))
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:6])
}
