//go:build bench

package bench_test

import (
	"fmt"
	"strings"
	"testing"
)

// results are all that was measured.
type results struct {
	machine string
	// keyCheck tells for how long Odoo checks an API key.
	keyCheck                                  string
	reminders, parts, archive, questionnaires comparison
	nothingDue                                []comparison
	// among is how many opportunities the great number is, of the latter.
	among int
}

// complete tells that everything was measured.
func (r results) complete() bool {
	return r.reminders.runs != nil && r.archive.runs != nil && r.questionnaires.runs != nil && r.nothingDue != nil
}

// The numbers of the ways, in the order in which they are compared.
const (
	asTool = iota
	asOdoo
	asScript
	asFloor
)

// The numbers of parts, in that order.
const (
	onePart = iota
	_
	fourParts
)

// requirement is a ratio that has to hold.
type requirement struct {
	what, target string
	value, limit float64
	// atLeast tells that the value must not be below the limit; otherwise not above it.
	atLeast bool
}

func (m requirement) holds() bool {
	if m.atLeast {
		return m.value >= m.limit
	}
	return m.value <= m.limit
}

func atMost(what string, value, limit float64) requirement {
	return requirement{what: what, target: fmt.Sprintf("≤ %g", limit), value: value, limit: limit}
}

func atLeast(what string, value, limit float64) requirement {
	return requirement{what: what, target: fmt.Sprintf("≥ %g", limit), value: value, limit: limit, atLeast: true}
}

// mustHold are the targets.
func (r results) mustHold() []requirement {
	list := []requirement{
		atLeast("Reminders: Odoo's own way takes so many times as long a mail", r.reminders.ratio(asOdoo, asTool, wall), 6),
		atMost("Reminders: time, beside the floor", r.reminders.ratio(asTool, asFloor, wall), 1.15),
		atMost("Reminders: Odoo's CPU a mail, beside that of its own way", r.reminders.ratio(asTool, asOdoo, odooCPU), 0.25),
		atMost("Archive: time, beside write and notes in process", r.archive.ratio(asTool, asOdoo, wall), 1.15),
		atLeast("Questionnaires: `survey.invite` takes so many times as long a mail", r.questionnaires.ratio(asOdoo, asTool, wall), 3),
	}
	var most, slowest float64
	for _, c := range r.nothingDue {
		m, _ := c.of(1, calls)
		most, slowest = max(most, m), max(slowest, c.ratio(1, 0, wall))
	}
	return append(
		list,
		atMost("Nothing due among very many: calls", most, 8),
		atMost("Nothing due among very many: time, beside that among a few", slowest, 3),
		atMost("Four parts: calls, beside one part", r.parts.ratio(fourParts, onePart, calls), 1.15),
		atMost("Four parts: CPU of all, beside one part", r.parts.ratio(fourParts, onePart, allCPU), 1.15),
	)
}

func (r results) mustHoldTable() string {
	var b strings.Builder
	b.WriteString("| what | target | measured | |\n| --- | --- | --- | --- |\n")
	for _, m := range r.mustHold() {
		mark := "holds"
		if !m.holds() {
			mark = "**missed**"
		}
		fmt.Fprintf(&b, "| %s | %s | %.2f | %s |\n", m.what, m.target, m.value, mark)
	}
	return b.String()
}

// performance is the document with all tables.
const performance = "docs/performance.md"

// write writes everything into the documents.
func (r results) write(t *testing.T) {
	t.Helper()
	for name, text := range map[string]string{
		"machine": r.machine + r.keyCheck, "must-hold": r.mustHoldTable(), "reminders": r.reminders.table(), "archive": r.archive.table(),
		"questionnaires": r.questionnaires.table(), "nothing-due": nothingTable(r.nothingDue), "parts": partsTable(r.parts),
		"model": r.model(),
	} {
		replaceBetween(t, performance, name, text)
	}
	replaceBetween(t, "README.md", "load", r.excerpt(false))
	replaceBetween(t, "docs/fr/README.fr.md", "load", r.excerpt(true))
}

// excerpt is what the README shows, in English or in French.
func (r results) excerpt(french bool) string {
	number := func(format string, n any) string {
		text := fmt.Sprintf(format, n)
		if french {
			text = strings.ReplaceAll(text, ".", ",")
		}
		return text
	}
	count := func(n int) string {
		if french {
			return strings.ReplaceAll(thousands(n), ",", "\u00a0")
		}
		return thousands(n)
	}
	words := []string{"run", "calls to Odoo", "time", "Odoo's own way", "nothing due among %s", "%s mails", "%s opportunities", "%s questionnaires"}
	if french {
		words = []string{"exécution", "appels à Odoo", "durée", "par Odoo lui-même", "rien à faire parmi %s", "%s messages", "%s opportunités", "%s questionnaires"}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %s | %s | %s |\n| --- | --- | --- | --- |\n", words[0], words[1], words[2], words[3])
	for _, c := range r.nothingDue[:1] {
		time, _ := c.of(1, wall)
		fmt.Fprintf(&b, "| `%s`, %s | %d | %s s | |\n", c.title, fmt.Sprintf(words[4], count(r.among)), c.runs[1][0].Calls, number("%.1f", time))
	}
	for n, c := range []comparison{r.reminders, r.archive, r.questionnaires} {
		records := c.runs[asTool][0].Records
		own, _ := c.of(asTool, wall)
		odoo, _ := c.of(asOdoo, wall)
		fmt.Fprintf(&b, "| `%s`, %s | %d | %s s | %s s |\n", []string{"remind", "archive", "feedback send"}[n], fmt.Sprintf(words[5+n], count(records)),
			c.runs[asTool][0].Calls, number("%.1f", own*float64(records)), number("%.1f", odoo*float64(records)))
	}
	return b.String()
}
