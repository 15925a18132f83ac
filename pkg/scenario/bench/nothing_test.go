//go:build bench

package bench_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fewOpportunities are those with which the great number is compared.
const fewOpportunities = 100

// nothingDue compares runs that find nothing among a few opportunities with those that
// find nothing among very many. The runs of both take turns.
func (b *bench) nothingDue(t *testing.T) []comparison {
	t.Helper()
	few, many := b.filled(t, "bench_few", fewOpportunities), b.filled(t, "bench_many", b.all)
	var found []comparison
	for _, command := range []string{"remind", "archive", "feedback send", "feedback collect"} {
		c := comparison{title: command, names: []string{thousands(fewOpportunities), thousands(b.all)}, runs: make([][]usage, 2)}
		for round := range b.rounds + 1 {
			for n, tool := range []*tool{few, many} {
				u := tool.run(t, 0, strings.Fields(command)...)
				if round == 0 {
					continue // It is the first one here, which has more to do.
				}
				t.Logf("nothing due for %s among %s: %s", command, c.names[n], u)
				c.runs[n] = append(c.runs[n], u)
			}
		}
		found = append(found, c)
	}
	for _, name := range []string{few.database, many.database} {
		output(t, "", "dropdb", name)
	}
	return found
}

// filled makes a database of its own in which nothing is due.
func (b *bench) filled(t *testing.T, name string, opportunities int) *tool {
	t.Helper()
	i := *b.instance
	i.database = name
	i.fresh(t)
	fill, err := os.ReadFile("million.sql")
	require.NoError(t, err)
	output(t, fmt.Sprintf("SET crm_tool.opportunities = %d;\n%s\nVACUUM (ANALYZE);", opportunities, fill), "sql", name)
	i.warm(t)
	tool := newTool(t, &i)
	tool.do(t, "config", "adopt") // What it wrote before says nothing of a first run.
	return tool
}
