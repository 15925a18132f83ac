//go:build odoo

package kubernetes_test

import (
	"cmp"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
)

// dueEnv says how many opportunities are due when parts are compared with the whole; the default is eight thousand.
const dueEnv = "CRM_TOOL_TEST_DUE"

// What parts may cost. Each one begins and ends for itself, which is little beside the mails of thousands of clients.
const (
	// callsOfAPart are the calls that a part makes whatever is due.
	callsOfAPart = 32
	// manyDue is from how many on the parts together may make at most so many times the calls of one run.
	manyDue   = 8000
	moreCalls = 1.15
)

// cost is what a job cost.
type cost struct {
	calls     int64
	processor time.Duration
	took      time.Duration
}

// Four pods of a job remind each client once, and together make hardly more calls than one pod does alone.
func compareParts(t *testing.T, server *odootest.Server) {
	t.Helper()
	due, err := strconv.Atoi(cmp.Or(os.Getenv(dueEnv), "8000"))
	require.NoError(t, err)
	one, four := remind(t, server, "one", "../../base", due), remind(t, server, "four", "../parallel", due)
	ratio := float64(four.calls) / float64(one.calls)
	t.Logf("%d due: one pod %d calls, %s of a processor, %s; four pods %d calls, %s, %s: %.2f of the calls, %.2f of the processor",
		due, one.calls, one.processor, one.took, four.calls, four.processor, four.took,
		ratio, four.processor.Seconds()/one.processor.Seconds())
	assert.LessOrEqual(t, four.calls-one.calls, int64(3*callsOfAPart))
	if due >= manyDue {
		assert.LessOrEqual(t, ratio, moreCalls)
	}
}

// remind lets a job of an overlay remind all that are due, and returns what its pods cost together.
func remind(t *testing.T, server *odootest.Server, namespace, over string, due int) cost {
	t.Helper()
	o, c := newRealOdoo(t, server), newCluster(t, namespace)
	cron := o.install(t, c, over, "")
	o.run(t, "remind") // The first run of all has to introduce itself.
	clients := o.pipeline(t, due)
	o.calls.Store(0)
	begun := time.Now()
	c.instantiate(t, cron, "remind")
	assert.Equal(t, "Complete", verdict(c.finished(t, "remind", jobTakes)))
	spent := cost{calls: o.calls.Load(), took: time.Since(begun)}
	for _, p := range c.of("remind") {
		t.Logf("%s, part %q: %s of a processor", p, p.index, p.processor())
		spent.processor += p.processor()
	}
	require.Equal(t, once(clients), o.mailed(clients))
	return spent
}
