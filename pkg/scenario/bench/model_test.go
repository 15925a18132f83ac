//go:build bench

package bench_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
)

// What the model supposes of a company.
const (
	remindersEach  = 3
	workingDays    = 21
	window         = 3600.0 // seconds a day in which everything has to be done
	minute         = 60.0   // seconds
	workersOfModel = 0.7    // the part of the time for which workers may be busy
)

// model tells how long parts should take by what one part takes, beside what was measured, and
// what companies need, by what one record takes.
func (r results) model() string {
	var b strings.Builder
	whole, _ := r.parts.of(onePart, wall)
	shared, _ := r.parts.of(onePart, allCPU)
	b.WriteString("| parts | ms each by the model | measured | measured / model |\n| --- | --- | --- | --- |\n")
	for way, name := range r.parts.names {
		var n float64
		_, _ = fmt.Sscan(name, &n)
		expected := max(whole/n, shared/float64(runtime.NumCPU()))
		measured, _ := r.parts.of(way, wall)
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %.2f |\n", name, 1000*expected, 1000*measured, measured/expected)
	}
	b.WriteString("\n| new opportunities a month | mails a day | archived a day | one run after the other | CPU a day: Odoo | PostgreSQL | crm-tool | " +
		"within an hour: parts | Odoo workers | cores of PostgreSQL | mails a minute |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, opportunities := range []int{100_000, 1_000_000, 10_000_000} {
		b.WriteString(r.need(opportunities))
	}
	return b.String()
}

// need is the row of a company with so many new opportunities a month: each gets three
// reminders and a questionnaire, and is archived.
func (r results) need(opportunities int) string {
	daily := float64(opportunities) / workingDays
	sum := func(n number) float64 {
		reminder, _ := r.reminders.of(asTool, n)
		archived, _ := r.archive.of(asTool, n)
		questionnaire, _ := r.questionnaires.of(asTool, n)
		return daily * (remindersEach*reminder + archived + questionnaire)
	}
	mails := daily * (remindersEach + 1)
	up := func(n float64) int { return max(1, int(math.Ceil(n))) }
	return fmt.Sprintf("| %s | %s | %s | %.1f min | %.1f min | %.1f min | %.1f min | %d | %d | %d | %s |\n",
		thousands(opportunities), thousands(int(mails)), thousands(int(daily)), sum(wall)/minute, sum(odooCPU)/minute, sum(postgresCPU)/minute, sum(clientCPU)/minute,
		up(sum(wall)/window), up(sum(odooCPU)/window/workersOfModel), up(sum(postgresCPU)/window/workersOfModel), thousands(up(mails/window*minute)))
}
