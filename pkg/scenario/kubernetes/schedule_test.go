package kubernetes_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// The schedule begins a job each minute. As the first one still has a mail in hand when the second is due, there is no
// second one.
func TestTheScheduleFiresAndNeverOverlaps(t *testing.T) {
	t.Parallel()
	o, c := newSandboxOffice(t), newCluster(t, "schedule")
	const due = 10
	clients := o.pipeline(t, due)
	held, verdicts := make(chan struct{}), make(chan struct{})
	o.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtFinal, Times: 1, Meanwhile: func() { close(held); <-verdicts }})
	o.install(t, c, "../../base", "* * * * *")
	select {
	case <-held:
	case <-time.After(patience):
		require.Fail(t, "no mail")
	}
	first := onlyJob(t, c)
	require.Eventually(t, func() bool {
		events, err := get[core.EventList](t.Context(), c.path("events", ""))
		require.NoError(t, err)
		for _, e := range events.Items {
			if e.InvolvedObject.Name == "crm-tool-remind" && e.Reason == "JobAlreadyActive" {
				return true
			}
		}
		return false
	}, patience, look, "the second one is not skipped")
	assert.Equal(t, first, onlyJob(t, c))
	close(verdicts)
	assert.Equal(t, "Complete", verdict(c.finished(t, first, patience)))
	require.Equal(t, once(clients), o.mailed(clients))
}

// onlyJob returns the name of the only job.
func onlyJob(t *testing.T, c *cluster) string {
	t.Helper()
	list, err := get[batch.JobList](t.Context(), c.path("jobs", ""))
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	return list.Items[0].Name
}
