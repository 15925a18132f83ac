package questionnaire

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/overlay"
)

// The limits of a questionnaire: more fits neither on Odoo's page nor into a
// client's time.
const (
	maxText      = 500 // characters
	maxQuestions = 30
	minChoices   = 2
	maxChoices   = 20
	maxKey       = 32 // characters
	maxScore     = 100
	maxScale     = 10
)

var (
	keyForm    = regexp.MustCompile(`^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$`)
	scoreForm  = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,2})(?:\.[0-9]{1,2})?$`)
	numberForm = regexp.MustCompile(`^(?:0|[1-9][0-9]?)$`)
)

// read reads one questionnaire. The last part of the file's path gives name and
// language.
func read(all fs.FS, file string, found *overlay.Faults) Questionnaire {
	m := fileName.FindStringSubmatch(path.Base(file))
	if m == nil || m[1] == None || len(m[1]) > maxName {
		found.Add(file, 0, errName)
		return Questionnaire{}
	}
	root, ok := found.ReadYAML(all, file)
	if root == nil && ok {
		found.Add(file, 0, errEmpty)
	}
	if root == nil {
		return Questionnaire{}
	}
	r := reader{file: file, found: found}
	q := r.questionnaire(root)
	q.Name, q.Language = m[1], m[2]
	return q
}

// questionnaire reads the whole document.
func (r *reader) questionnaire(root *yaml.Node) Questionnaire {
	fields := r.mapping(root, "a questionnaire", "title", "introduction", "thanks", "questions")
	if fields == nil {
		return Questionnaire{}
	}
	q := Questionnaire{
		Title:        r.text(fields, "title", mandatory),
		Introduction: r.text(fields, "introduction", paragraphs),
		Thanks:       r.text(fields, "thanks", paragraphs),
	}
	lines := map[string]int{}
	scored := 0
	for _, node := range r.list(fields, "questions", 1, maxQuestions) {
		question := r.question(node)
		r.once(lines, question.Key, node.Line, "the key "+question.Key)
		if question.NPS && scored > 0 {
			r.fault(node.Line, "nps is already set for the question in line %d; only one question may have it", scored)
		}
		if question.NPS {
			scored = node.Line
		}
		q.Questions = append(q.Questions, question)
	}
	r.choiceIDs(q.Questions, lines)
	return q
}

// choiceIDs refuses a key that is another question's with the number of one of its
// choices: Odoo would get the same external id for both.
func (r *reader) choiceIDs(questions []Question, lines map[string]int) {
	for _, question := range questions {
		for number := range question.Options() {
			key := question.Key + "-" + strconv.Itoa(number)
			if line, taken := lines[key]; taken {
				r.fault(line, "the key %s stands for a choice of the question %s; give it another one", key, question.Key)
			}
		}
	}
}

// question reads one question.
func (r *reader) question(node *yaml.Node) Question {
	fields := r.mapping(node, "a question", "key", "kind", "text", "required", "choices", "scale", "nps")
	if fields == nil {
		return Question{}
	}
	q := Question{
		Key:      r.key(fields),
		Kind:     r.kind(fields),
		Text:     r.text(fields, "text", mandatory),
		Required: r.truth(fields, "required"),
		NPS:      r.truth(fields, "nps"),
	}
	switch q.Kind {
	case Single, Multiple:
		q.Choices = r.choices(fields)
		r.unfit(fields, q.Kind, "scale")
	case Scale:
		q.Range = r.scale(fields)
		r.unfit(fields, q.Kind, "choices")
	case Text:
		r.unfit(fields, q.Kind, "choices")
		r.unfit(fields, q.Kind, "scale")
	}
	if q.NPS && q.Kind != "" && (q.Kind != Scale || q.Range.From != 0 || q.Range.To != maxScale) {
		r.fault(fields.line("nps"), "nps needs a scale from 0 to %d", maxScale)
	}
	return q
}

func (r *reader) key(fields *mapping) string {
	key := r.text(fields, "key", mandatory)
	if key != "" && (!keyForm.MatchString(key) || len(key) > maxKey) {
		r.fault(fields.line("key"), "key must be at most %d lower-case letters, digits and hyphens, beginning with a letter", maxKey)
		return ""
	}
	return key
}

func (r *reader) kind(fields *mapping) Kind {
	kind := Kind(r.text(fields, "kind", mandatory))
	if kind != "" && !slices.Contains([]Kind{Single, Multiple, Scale, Text}, kind) {
		r.fault(fields.line("kind"), "kind must be single, multiple, scale or text")
		return ""
	}
	return kind
}

// unfit reports a field that questions of this kind do not have.
func (r *reader) unfit(fields *mapping, kind Kind, name string) {
	if fields.nodes[name] != nil {
		r.fault(fields.line(name), "a question of kind %s has no %s", kind, name)
	}
}

func (r *reader) choices(fields *mapping) []Choice {
	var out []Choice
	lines := map[string]int{}
	for _, node := range r.list(fields, "choices", minChoices, maxChoices) {
		choice := r.choice(node)
		r.once(lines, choice.Text, node.Line, "this choice")
		out = append(out, choice)
	}
	return out
}

func (r *reader) choice(node *yaml.Node) Choice {
	fields := r.mapping(node, "a choice", "text", "score")
	if fields == nil {
		return Choice{}
	}
	c := Choice{Text: r.text(fields, "text", mandatory)}
	if fields.nodes["score"] == nil {
		return c
	}
	text := r.scalar(fields, "score")
	score, err := strconv.ParseFloat(text, 64)
	if err != nil || !scoreForm.MatchString(text) || score > maxScore {
		r.fault(fields.line("score"), "score must be a number from 0 to %d; leave it out for a choice that does not count", maxScore)
		return c
	}
	c.Score, c.Scored = score, true
	return c
}

func (r *reader) scale(fields *mapping) Range {
	node := fields.nodes["scale"]
	if node == nil {
		r.fault(fields.top, "scale is missing")
		return Range{}
	}
	inner := r.mapping(node, "a scale", "from", "to", "low", "high")
	if inner == nil {
		return Range{}
	}
	from, fromOK := r.number(inner, "from")
	to, toOK := r.number(inner, "to")
	if fromOK && toOK && from >= to {
		r.fault(node.Line, "a scale must go up, not from %d to %d", from, to)
	}
	return Range{From: from, To: to, Low: r.text(inner, "low", optional), High: r.text(inner, "high", optional)}
}

func (r *reader) number(fields *mapping, name string) (int, bool) {
	text := r.scalar(fields, name)
	n, err := strconv.Atoi(text)
	if err != nil || !numberForm.MatchString(text) || n > maxScale {
		r.fault(fields.line(name), "%s must be a whole number from 0 to %d", name, maxScale)
		return 0, false
	}
	return n, true
}

func (r *reader) truth(fields *mapping, name string) bool {
	if fields.nodes[name] == nil {
		return false
	}
	switch strings.ToLower(r.scalar(fields, name)) {
	case "true", "yes", "on":
		return true
	case "false", "no", "off":
		return false
	}
	r.fault(fields.line(name), "%s must be true or false", name)
	return false
}

// once reports a text that another line has.
func (r *reader) once(lines map[string]int, text string, line int, what string) {
	if first, twice := lines[text]; twice && text != "" {
		r.fault(line, "%s is already used in line %d", what, first)
	}
	lines[text] = line
}

// fault records what is wrong in a line.
func (r *reader) fault(line int, format string, args ...any) {
	r.found.Add(r.file, line, fmt.Errorf(format, args...))
}
